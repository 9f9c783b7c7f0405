import Catalog
internal import Foundation

/// Where a connection logs in at Salesforce.
public struct LoginHost: Sendable, Hashable {
    /// `production`, `sandbox` or `custom`.
    public let environment: String
    /// The address, without a slash at the end.
    public let url: String

    /// Which login hosts people may name. Whoever is named gets the app's consumer secret, so it is not for them to say anything.
    public struct Rules: Sendable, Hashable {
        /// Addresses beyond Salesforce's own, such as `http://127.0.0.1:8095`.
        public let extra: Set<String>
        /// Whether any address of this machine will do: on a server that nobody else reaches.
        public let allowsLoopback: Bool

        /// Rules.
        public init(extra: Set<String> = [], allowsLoopback: Bool = false) {
            self.extra = extra
            self.allowsLoopback = allowsLoopback
        }
    }

    /// A host that an operator names, who may name any.
    public init(environment: String, url: String) {
        self.environment = environment
        self.url = url.last == "/" ? String(url.dropLast()) : url
    }

    /// The host of an environment, which is one of Heroku Connect's: `production` when nil. A domain counts with `custom` only, as some
    /// clients send one with all of them.
    ///
    /// - Throws: `CatalogError` with code `.invalid` naming the value and what was expected.
    public init(environment: String?, domain: String?, rules: Rules) throws {
        self.environment = environment ?? "production"
        switch self.environment {
        case "production": url = "https://login.salesforce.com"
        case "sandbox": url = "https://test.salesforce.com"
        case "custom": url = try Self.custom(domain, rules)
        default:
            throw CatalogError(
                code: .invalid,
                message: "environment: expected production, sandbox or custom, found \"\(self.environment.prefix(40))\"")
        }
    }

    private static let suffixes = [
        ".salesforce.com", ".salesforce.mil", ".force.com", ".cloudforce.com", ".database.com", ".sfcrmproducts.cn",
    ]

    private static func custom(_ domain: String?, _ rules: Rules) throws -> String {
        let expected = CatalogError(
            code: .invalid,
            message:
                "domain: expected the host of a Salesforce org, such as mydomain.my.salesforce.com, found \"\(domain?.prefix(200) ?? "")\"")
        guard let domain, !domain.isEmpty, domain.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else {
            throw expected
        }
        let isAddress = domain.contains("://")
        guard let parts = URLComponents(string: isAddress ? domain : "https://\(domain)"), let host = parts.host?.lowercased(),
            !host.isEmpty,
            parts.user == nil, parts.password == nil, parts.query == nil, parts.fragment == nil, parts.path.isEmpty || parts.path == "/"
        else { throw expected }
        let isLoopback = Loopback.contains(host)
        let scheme = isAddress ? parts.scheme?.lowercased() ?? "" : isLoopback ? "http" : "https"
        let url = "\(scheme)://\(host)\(parts.port.map { ":\($0)" } ?? "")"
        if rules.extra.contains(url) || rules.allowsLoopback && isLoopback && ["http", "https"].contains(scheme) { return url }
        guard scheme == "https", parts.port == nil || parts.port == 443, suffixes.contains(where: { host.hasSuffix($0) }) else {
            throw expected
        }
        return "https://\(host)"
    }
}
