import SandboxBytes
import SandboxData

/// How records lie in a file: behind eight bytes that say what it is, each with its length, its checksum, and the checksum of those two. So a record
/// that broke off when the process was killed can be told from one that was damaged later.
enum JournalFrame {
    static let magic = Array("SBXORG1\n".utf8)
    static let headerBytes = 12

    static func wrap(_ payload: [UInt8]) -> [UInt8] {
        var frame: [UInt8] = []
        frame.reserveCapacity(payload.count + headerBytes)
        append(UInt32(payload.count), to: &frame)
        append(payload.withUnsafeBytes(CRC32.of), to: &frame)
        append(frame.withUnsafeBytes(CRC32.of), to: &frame)
        frame.append(contentsOf: payload)
        return frame
    }

    private static func append(_ number: UInt32, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Reads every record of a file.
    ///
    /// - Parameter path: For messages.
    /// - Parameter isLast: Nothing was written after this file: its last record may have broken off.
    /// - Returns: How many bytes of the file are whole records.
    /// - Throws: ``StorageError`` for a file that was damaged, or the error of the body.
    static func read(
        _ bytes: UnsafeRawBufferPointer, path: String, isLast: Bool, _ body: (UnsafeRawBufferPointer) throws(StorageError) -> Void
    ) throws(StorageError) -> Int {
        func damaged(_ position: Int, _ what: String) -> StorageError {
            StorageError(description: "\(path): damaged at byte \(position): \(what)")
        }
        if bytes.count < magic.count, isLast, bytes.elementsEqual(magic.prefix(bytes.count)) { return 0 }
        guard bytes.prefix(magic.count).elementsEqual(magic) else { throw damaged(0, "not a file of the sandbox org") }
        var position = magic.count
        while position < bytes.count {
            let left = bytes.count - position
            // A file system may have made room for what was never written.
            let isUnwritten = isLast && bytes[position...].allSatisfy { $0 == 0 }
            if isUnwritten || left < headerBytes {
                guard isLast else { throw damaged(position, "the last record broke off, but there are later files") }
                return position
            }
            let length = Int(number(bytes, position))
            let header = UnsafeRawBufferPointer(rebasing: bytes[position..<position + 8])
            guard number(bytes, position + 8) == CRC32.of(header) else { throw damaged(position, "a record's header has another checksum") }
            guard left - headerBytes >= length else {
                guard isLast else { throw damaged(position, "the last record broke off, but there are later files") }
                return position
            }
            let start = position + headerBytes
            let payload = UnsafeRawBufferPointer(rebasing: bytes[start..<start + length])
            guard number(bytes, position + 4) == CRC32.of(payload) else { throw damaged(position, "a record has another checksum") }
            try body(payload)
            position = start + length
        }
        return position
    }

    private static func number(_ bytes: UnsafeRawBufferPointer, _ position: Int) -> UInt32 {
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self))
    }
}
