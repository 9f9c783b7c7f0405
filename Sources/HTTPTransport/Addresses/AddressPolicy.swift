/// Which addresses may be connected to: public ones, and those of networks that an operator allows. It is asked of the address that a connection is
/// really opened to, so that no name and no second look-up gets around it.
public struct AddressPolicy: Sendable, Hashable {
    /// Networks that are allowed although they are not public.
    public let allowed: [Network]

    /// A policy.
    public init(allowed: [Network] = []) {
        self.allowed = allowed
    }

    /// Whether a connection to the address may be opened.
    public func allows(_ address: NetworkAddress) -> Bool {
        allowed.contains { $0.contains(address) } || !Self.reserved.contains { $0.contains(address) }
    }

    /// Whether a host that is spelled as an address may be connected to; nil for a name, of which only the connection itself can tell.
    public func allows(host: String) -> Bool? {
        (NetworkAddress(host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host) ?? NetworkAddress(anciently: host)).map {
            allows($0)
        }
    }

    /// What no public server has (https://www.iana.org/assignments/iana-ipv4-special-registry, iana-ipv6-special-registry). An IPv6 address that holds
    /// one of IPv4 is taken for that one.
    private static let reserved: [Network] = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3", "::/8", "100::/64",
        "2001::/23",
        "2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    ].compactMap { Network($0) }
}

/// Addresses that begin alike.
public struct Network: Sendable, Hashable, CustomStringConvertible {
    private let base: NetworkAddress
    private let bits: Int

    /// As people write it: `10.0.0.0/8`, `fd00::/8`, or a single address. Nil when it is neither.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let base = NetworkAddress(String(parts[0])) else { return nil }
        let bits = parts.count == 2 ? Int(parts[1]) : base.bytes.count * 8
        guard let bits, (0...base.bytes.count * 8).contains(bits) else { return nil }
        self.base = base
        self.bits = bits
    }

    /// Whether an address is one of these.
    public func contains(_ address: NetworkAddress) -> Bool {
        guard address.bytes.count == base.bytes.count else { return false }
        for (index, pair) in zip(address.bytes, base.bytes).enumerated() {
            let left = bits - index * 8
            if left <= 0 { return true }
            let mask: UInt8 = left >= 8 ? 0xFF : ~(0xFF >> UInt8(left))
            if pair.0 & mask != pair.1 & mask { return false }
        }
        return true
    }

    /// As people write it.
    public var description: String { "\(base)/\(bits)" }
}
