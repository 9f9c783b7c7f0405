package import NIOCore
package import SandboxBytes

extension ByteWriter {
    package func makeBuffer() -> ByteBuffer { ByteBuffer(bytes: bytes) }
}
