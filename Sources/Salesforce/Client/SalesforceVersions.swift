/// API versions, such as `60.0`.
public enum SalesforceVersions {
    /// The newest whose answers this client knows.
    public static let newestKnown = 67
    /// Older ones lose support in Summer '27 and are removed in Summer '28 (Salesforce help, article 005321531).
    public static let oldestLasting = 41

    /// The number of a version; nil for a text that is none.
    public static func number(_ version: String) -> Int? {
        guard version.hasSuffix(".0"), let number = Int(version.dropLast(2)), number > 0 else { return nil }
        return number
    }

    /// The newest of an org's versions that this client knows; nil when it knows none of them.
    public static func newest(servedBy versions: [String]) -> String? {
        versions.compactMap(number).filter { $0 <= newestKnown }.max().map { "\($0).0" }
    }
}

extension SalesforceClient {
    /// The API versions that the org serves, the oldest first. The call needs no token and does not count.
    public func versions() async throws -> [String] {
        struct Version: Decodable { let version: String }
        return try await open("/services/data/").decode([Version].self).map(\.version)
    }

    /// The newest API version that the org and this client know.
    ///
    /// - Throws: `SalesforceError`, also when there is none.
    public func newestVersion() async throws -> String {
        let served = try await versions()
        guard let newest = SalesforceVersions.newest(servedBy: served) else {
            throw SalesforceError(
                code: .invalidRequest,
                message:
                    "the org serves the API versions \(served.first ?? "none") to \(served.last ?? "none"), of which none is known here",
                retry: .never)
        }
        return newest
    }
}
