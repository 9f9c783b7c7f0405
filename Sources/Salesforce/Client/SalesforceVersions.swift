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

    static func span(_ served: [String]) -> String {
        "the org serves the API versions \(served.first ?? "none") to \(served.last ?? "none")"
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
                code: .invalidRequest, message: SalesforceVersions.span(served) + ", of which none is known here", retry: .never)
        }
        return newest
    }

    /// A version that somebody named, once it is sure that the org serves it and this client knows it.
    ///
    /// - Throws: `SalesforceError` that says which there are.
    public func checked(version: String) async throws -> String {
        let served = try await versions()
        guard served.contains(version), let number = SalesforceVersions.number(version), number <= SalesforceVersions.newestKnown else {
            throw SalesforceError(
                code: .invalidRequest,
                message: """
                    api_version: \(SalesforceVersions.span(served)), and the newest known here is \(SalesforceVersions.newestKnown).0; \
                    \(version.prefix(20)) is not among them
                    """,
                retry: .never)
        }
        return version
    }
}
