internal import CLibcurl
internal import Glibc

/// An address of the internet: 4 bytes of IPv4 or 16 of IPv6.
public struct NetworkAddress: Sendable, Hashable, CustomStringConvertible {
    /// In the order in which they are sent.
    public let bytes: [UInt8]

    /// An address as people write it; nil when it is none.
    public init?(_ text: String) {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self.init(bytes: withUnsafeBytes(of: &four) { Array($0) })
            return
        }
        // A zone says only which wire.
        var six = in6_addr()
        guard inet_pton(AF_INET6, String(text.prefix { $0 != "%" }), &six) == 1 else { return nil }
        self.init(bytes: withUnsafeBytes(of: &six) { Array($0) })
    }

    /// An IPv4 address as `inet_aton` reads it and curl connects to it: `127.1`, `2130706433`, `0x7f.1`, `0177.0.0.1`; nil when it is none.
    init?(anciently text: String) {
        var four = in_addr()
        guard inet_aton(text, &four) == 1 else { return nil }
        self.init(bytes: withUnsafeBytes(of: &four) { Array($0) })
    }

    /// What a socket is connected to; nil for what is not of the internet.
    init?(_ address: UnsafePointer<sockaddr>) {
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            let four = UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in.self).sin_addr
            self.init(bytes: withUnsafeBytes(of: four) { Array($0) })
        case AF_INET6:
            let six = UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in6.self).sin6_addr
            self.init(bytes: withUnsafeBytes(of: six) { Array($0) })
        default: return nil
        }
    }

    /// IPv6 holds IPv4 in several ways: mapped (::ffff:0:0/96), translated (64:ff9b::/96, RFC 6052) and 6to4 (2002::/16, RFC 3056).
    private init(bytes: [UInt8]) {
        if bytes.count == 16 {
            let head = Array(bytes.prefix(12))
            if head == [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] || head == [0, 0x64, 0xFF, 0x9B] + [UInt8](repeating: 0, count: 8) {
                self.bytes = Array(bytes.suffix(4))
                return
            }
            if bytes.starts(with: [0x20, 0x02]) {
                self.bytes = Array(bytes[2..<6])
                return
            }
        }
        self.bytes = bytes
    }

    /// As people write it.
    public var description: String {
        guard bytes.count == 16 else { return bytes.map(String.init).joined(separator: ".") }
        var text = [CChar](repeating: 0, count: 64)
        return bytes.withUnsafeBytes { inet_ntop(AF_INET6, $0.baseAddress, &text, 64) }.map { String(cString: $0) } ?? "?"
    }
}
