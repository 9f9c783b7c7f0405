import SandboxData

/// Reads what ``StorageRecord`` writes, and never beyond its end.
package struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    package var isAtEnd: Bool { position >= bytes.count }

    private static let broken = StorageError(description: "a record cannot be read: it was written by another version of the sandbox org")

    package mutating func byte() throws(StorageError) -> UInt8 {
        guard position < bytes.count else { throw Self.broken }
        defer { position += 1 }
        return bytes[position]
    }

    /// Seven bits a byte, the lowest first.
    mutating func unsigned() throws(StorageError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 64 {
            let byte = try byte()
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw Self.broken
    }

    package mutating func count() throws(StorageError) -> Int {
        guard let count = Int(exactly: try unsigned()), count < 1 << 40 else { throw Self.broken }
        return count
    }

    package mutating func signed() throws(StorageError) -> Int64 {
        let value = try unsigned()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    package mutating func double() throws(StorageError) -> Double {
        guard bytes.count - position >= 8 else { throw Self.broken }
        defer { position += 8 }
        return Double(bitPattern: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)))
    }

    package mutating func text() throws(StorageError) -> String {
        let length = try count()
        guard bytes.count - position >= length else { throw Self.broken }
        defer { position += length }
        return String(decoding: bytes[position..<position + length], as: UTF8.self)
    }
}

extension [UInt8] {
    package mutating func append(unsigned value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    package mutating func append(count: Int) { append(unsigned: UInt64(Swift.max(count, 0))) }

    package mutating func append(signed value: Int64) { append(unsigned: UInt64(bitPattern: value << 1 ^ value >> 63)) }

    package mutating func append(double value: Double) {
        Swift.withUnsafeBytes(of: value.bitPattern.littleEndian) { append(contentsOf: $0) }
    }

    package mutating func append(text: String) {
        append(count: text.utf8.count)
        append(contentsOf: text.utf8)
    }
}
