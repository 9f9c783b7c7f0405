import Foundation
import Postgres

/// Writes jobs in COPY's binary format, whose fields the server takes as they are, without parsing.
///
/// https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.4
struct JobCopy {
    static let statement: PostgresQuery = """
        COPY sluice.jobs (id, kind, connection_id, mapping_id, args, priority, run_at, max_attempts, unique_key, exclusive_key, timeout, created_at)
        FROM STDIN (FORMAT binary)
        """

    /// Bytes after which the buffer is handed to libpq.
    private static let pieceLength = 64 * 1024
    private static let signature: [UInt8] = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00]
    /// Seconds from 1970 to 2000, from where the server counts.
    private static let epoch: Int64 = 946_684_800

    private let writer: PostgresCopyWriter
    private let now: Int64
    private var buffer: [UInt8] = []

    /// Begins the data.
    ///
    /// - Parameter now: the database's clock, microseconds since 1970.
    init(writer: PostgresCopyWriter, now: Int64) {
        self.writer = writer
        self.now = now - Self.epoch * 1_000_000
        buffer.reserveCapacity(Self.pieceLength * 2)
        buffer += Self.signature
        // No flags, no extension of the header.
        append(Int32(0))
        append(Int32(0))
    }

    /// Adds a row.
    ///
    /// - Throws: `PostgresError`.
    mutating func write(_ job: NewJob, id: Int64) throws {
        append(Int16(12))
        appendField(id)
        append(text: job.kind)
        append(uuid: job.connectionID)
        append(uuid: job.mappingID)
        // A jsonb's text comes behind the number of the format.
        append(Int32(job.args.utf8.count + 1))
        buffer.append(1)
        buffer += job.args.utf8
        appendField(Int16(clamping: job.priority))
        appendField(now + job.runAfter.microseconds)
        appendField(Int32(clamping: job.maxAttempts))
        append(text: job.uniqueKey)
        append(text: job.exclusiveKey)
        // An interval: microseconds, days, months.
        append(Int32(16))
        append(job.timeout.microseconds)
        append(Int64(0))
        appendField(now)
        if buffer.count >= Self.pieceLength { try flush() }
    }

    /// Ends the data.
    ///
    /// - Throws: `PostgresError`.
    mutating func end() throws {
        append(Int16(-1))
        try flush()
    }

    private mutating func flush() throws {
        try buffer.withUnsafeBytes { try writer.write($0) }
        buffer.removeAll(keepingCapacity: true)
    }

    private mutating func append<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.bigEndian) { buffer += $0 }
    }

    private mutating func appendField<Value: FixedWidthInteger>(_ value: Value) {
        append(Int32(MemoryLayout<Value>.size))
        append(value)
    }

    private mutating func append(text: String?) {
        guard let text else { return append(Int32(-1)) }
        append(Int32(text.utf8.count))
        buffer += text.utf8
    }

    private mutating func append(uuid: UUID?) {
        guard let uuid else { return append(Int32(-1)) }
        append(Int32(16))
        withUnsafeBytes(of: uuid.uuid) { buffer += $0 }
    }
}

extension Duration {
    fileprivate var microseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
}
