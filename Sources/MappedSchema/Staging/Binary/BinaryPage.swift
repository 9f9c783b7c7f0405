/// Turns a page of a bulk result, as it comes from the socket, into rows of COPY's binary form.
///
/// It knows CSV as Salesforce writes it. Whatever else Postgres' reader of CSV would take, or would refuse with words of its own, ends it with `NotBinary`:
/// the page is for that reader then, so that no value and no message depends on who has read it.
package struct BinaryPage: ~Copyable {
    /// A page that only Postgres' own reader can judge.
    package struct NotBinary: Error {
        /// For people.
        package let reason: String
    }

    private let columns: [BinaryColumn]
    private var rows = BinaryBuffer(capacity: 2 * sendingSize)
    /// The beginning of a row whose end has not come yet.
    private var rest: [UInt8] = []
    /// The row is looked at again when so much of it is there: one that comes in many pieces would be read from its beginning with each.
    private var wanted = 0
    private var isBehindHeader = false

    private static let sendingSize = 128 * 1024
    /// A longer row would take too much of a worker's memory.
    private static let longestRow = 4 * 1024 * 1024
    /// PostgreSQL: COPY, File Formats, Binary Format: a signature, no flags, no extension.
    private static let signature: [UInt8] = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00] + [UInt8](repeating: 0, count: 8)

    /// - Parameter columns: how each cell of a row is written.
    package init(columns: [BinaryColumn]) {
        self.columns = columns
        Self.signature.withUnsafeBufferPointer { rows.append($0.baseAddress!, $0.count) }
    }

    /// Takes the next bytes of the page, and sends what is full.
    ///
    /// - Parameter bytes: the header line first; no NULs.
    /// - Throws: `NotBinary`; what `send` throws.
    package mutating func take(_ bytes: UnsafeRawBufferPointer, _ send: (UnsafeRawBufferPointer) throws -> Void) throws {
        if rest.isEmpty {
            let used = try read(bytes, isEnd: false, send)
            rest.append(contentsOf: bytes[used...])
        } else {
            rest.append(contentsOf: bytes)
            guard rest.count >= wanted else { return }
            try readRest(isEnd: false, send)
        }
        wanted = rest.count > 64 * 1024 ? rest.count * 2 : 0
        guard rest.count <= Self.longestRow else { throw NotBinary(reason: "a row has more than \(Self.longestRow) bytes") }
    }

    /// Takes the page's end.
    ///
    /// - Throws: as above.
    package mutating func finish(_ send: (UnsafeRawBufferPointer) throws -> Void) throws {
        try readRest(isEnd: true, send)
        guard rest.isEmpty else { throw NotBinary(reason: "the page ends within a row") }
        rows.append(Int16(-1))
        try send(rows.bytes)
        rows.count = 0
    }

    private mutating func readRest(isEnd: Bool, _ send: (UnsafeRawBufferPointer) throws -> Void) throws {
        var bytes: [UInt8] = []
        swap(&bytes, &rest)
        let used = try bytes.withUnsafeBytes { try read($0, isEnd: isEnd, send) }
        bytes.removeFirst(used)
        swap(&bytes, &rest)
    }

    /// Reads whole rows.
    ///
    /// - Returns: how many bytes they were.
    private mutating func read(
        _ bytes: UnsafeRawBufferPointer, isEnd: Bool, _ send: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> Int {
        guard let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return 0 }
        var cells = CSVCells(base, count: bytes.count, isEnd: isEnd)
        if !isBehindHeader {
            guard try cells.skipLine() else { return 0 }
            isBehindHeader = true
        }
        while !cells.isDone {
            let (start, written) = (cells.place, rows.count)
            guard try row(&cells) else {
                rows.count = written
                return start
            }
            if rows.count >= Self.sendingSize {
                try send(rows.bytes)
                rows.count = 0
            }
        }
        return cells.place
    }

    /// - Returns: false when the row's end has not come yet.
    private mutating func row(_ cells: inout CSVCells) throws -> Bool {
        rows.append(Int16(truncatingIfNeeded: columns.count))
        let last = columns.count - 1
        for index in 0...last {
            guard let cell = try cells.next(isLast: index == last) else { return false }
            guard cell.count > 0 else {
                // Salesforce's CSV has no difference between null and the empty string.
                rows.append(Int32(-1))
                continue
            }
            guard write(cell, columns[index]) else { throw NotBinary(reason: "cell \(index + 1) of a row is for Postgres to read") }
        }
        return true
    }

    @inline(__always)
    private mutating func write(_ cell: CSVCells.Cell, _ column: BinaryColumn) -> Bool {
        if case .text = column {
            let length = rows.count
            rows.append(Int32(0))
            cell.append(to: &rows)
            rows.store(rows.count - length - 4, at: length)
            return true
        }
        // No number and no time has a quote in it.
        guard !cell.hasQuotes else { return false }
        switch column {
        case .text: return false
        case .boolean:
            guard let value = BinaryFlag.value(cell.start, cell.count) else { return false }
            rows.append(Int32(1))
            rows.append(value)
        case .integer: return fixed(BinaryNumber.integer(cell.start, cell.count))
        case .double: return fixed(BinaryNumber.double(cell.start, cell.count)?.bitPattern)
        case .date: return fixed(BinaryMoment.date(cell.start, cell.count))
        case .timestamp, .timestamptz: return fixed(BinaryMoment.timestamp(cell.start, cell.count))
        case .time: return fixed(BinaryMoment.time(cell.start, cell.count))
        }
        return true
    }

    @inline(__always)
    private mutating func fixed<Value: FixedWidthInteger>(_ value: Value?) -> Bool {
        guard let value else { return false }
        rows.append(Int32(MemoryLayout<Value>.size))
        rows.append(value)
        return true
    }
}
