internal import CZlib

/// Undoes the compression of a whole body.
enum Inflater {
    enum Failure: Error {
        /// It is not compressed in that way, is damaged, or breaks off.
        case malformed
        /// It is longer than allowed.
        case tooLong
    }

    private enum Format {
        /// With the header of gzip or of zlib, as zlib finds it.
        case wrapped
        case raw

        var windowBits: Int32 { self == .wrapped ? MAX_WBITS + 32 : -MAX_WBITS }
    }

    /// What the bytes were before, if it is not longer than `limit`. Clients that say deflate send zlib's format, as they should, or the bare
    /// one; what follows the end is left aside, as Java does.
    static func inflate(_ bytes: [UInt8], _ coding: ContentCoding, limit: Int) throws(Failure) -> [UInt8] {
        do {
            return try inflate(bytes, .wrapped, limit: limit)
        } catch .malformed where coding == .deflate {
            return try inflate(bytes, .raw, limit: limit)
        }
    }

    private static func inflate(_ bytes: [UInt8], _ format: Format, limit: Int) throws(Failure) -> [UInt8] {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        inflateInit2_(stream, format.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        defer {
            inflateEnd(stream)
            stream.deallocate()
        }
        var result: [UInt8] = []
        var failure: Failure?
        bytes.withUnsafeBufferPointer { input in
            // zlib never writes through it.
            stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.pointee.avail_in = UInt32(clamping: input.count)
            failure = run(stream, limit: limit, into: &result)
        }
        if let failure { throw failure }
        return result
    }

    private static func run(_ stream: UnsafeMutablePointer<z_stream>, limit: Int, into result: inout [UInt8]) -> Failure? {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 65_536) { space in
            while true {
                stream.pointee.next_out = space.baseAddress
                stream.pointee.avail_out = UInt32(space.count)
                let status = CZlib.inflate(stream, Z_NO_FLUSH)
                result.append(contentsOf: space.prefix(space.count - Int(stream.pointee.avail_out)))
                guard result.count <= limit else { return .tooLong }
                switch status {
                case Z_OK: continue
                case Z_STREAM_END:
                    // Several gzip files after one another are one.
                    guard stream.pointee.avail_in > 1, let next = stream.pointee.next_in, next[0] == 0x1F, next[1] == 0x8B else {
                        return nil
                    }
                    inflateReset(stream)
                default: return .malformed
                }
            }
        }
    }
}
