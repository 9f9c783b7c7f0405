/// Names and addresses by which a machine reaches itself.
public enum Loopback {
    /// Whether this host of an address is one.
    public static func contains(_ host: String) -> Bool {
        let host = host.lowercased().trimmingPrefix("[").prefix { $0 != "]" }
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
