internal import CZlib
import NIOCore

/// Compresses a body that comes in pieces.
final class Deflater {
    /// zlib keeps a pointer to it, so it may not move.
    private let stream: UnsafeMutablePointer<z_stream>

    /// - Parameter level: From 1, the quickest, to 9.
    init(_ coding: ContentCoding, level: Int) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        deflateInit2_(
            stream, Int32(level), Z_DEFLATED, coding.windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Everything that the client needs to read the piece at once, so that a body that comes slowly arrives as it comes.
    func add(_ piece: ByteBuffer) -> ByteBuffer { run(piece, Z_SYNC_FLUSH) }

    /// With the last piece, what ends the stream.
    func finish(_ piece: ByteBuffer = ByteBuffer()) -> ByteBuffer { run(piece, Z_FINISH) }

    private func run(_ piece: ByteBuffer, _ flush: Int32) -> ByteBuffer {
        var output = ByteBuffer()
        output.reserveCapacity(piece.readableBytes / 4 + 64)
        piece.withUnsafeReadableBytes { bytes in
            // zlib never writes through it.
            stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
            stream.pointee.avail_in = UInt32(clamping: bytes.count)
            repeat {
                output.writeWithUnsafeMutableBytes(minimumWritableBytes: 4096) { space in
                    stream.pointee.next_out = space.bindMemory(to: UInt8.self).baseAddress
                    stream.pointee.avail_out = UInt32(clamping: space.count)
                    deflate(stream, flush)
                    return space.count - Int(stream.pointee.avail_out)
                }
                // Room left over says that there is nothing more.
            } while stream.pointee.avail_out == 0
        }
        return output
    }
}
