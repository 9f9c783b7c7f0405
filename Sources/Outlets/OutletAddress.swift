import Catalog
import Foundation
public import HTTPTransport

/// Where an outlet is, checked.
public enum OutletAddress: Sendable, Hashable {
    /// Signed requests go here.
    case webhook(url: String)
    /// Lines of the log go here, as Heroku's router sends them (`application/logplex-1`).
    case logplex(url: String)
    /// Lines of the log go here as syslog (RFC 5424) with their lengths before them (RFC 6587).
    case syslog(StreamAddress)
    /// Mail goes here.
    case mailbox(String)

    /// Reads an address.
    ///
    /// - Parameter policy: what may be connected to; a host that is spelled as an address is held against it at once, a name when it is connected to.
    /// - Throws: `CatalogError` with code `.invalid` that says what was expected.
    public init(_ text: String, kind: OutletKind, policy: AddressPolicy) throws {
        switch kind {
        case .email: self = .mailbox(try Self.mailbox(text))
        case .webhook: self = .webhook(url: try Self.url(text, schemes: ["https": 443], policy: policy).text)
        case .drain:
            let url = try Self.url(text, schemes: ["https": 443, "syslog+tls": 6514], policy: policy)
            guard url.scheme.hasPrefix("syslog") else {
                self = .logplex(url: url.text)
                return
            }
            guard url.rest.isEmpty else { throw Self.invalid("expected syslog+tls://host:port with nothing behind it") }
            self = .syslog(StreamAddress(host: url.host, port: url.port, isSecure: url.scheme == "syslog+tls"))
        }
    }

    /// The address for people: without name, password and query, which may be secrets.
    public var target: String {
        switch self {
        case .webhook(let url), .logplex(let url):
            guard var parts = URLComponents(string: url) else { return "https" }
            (parts.user, parts.password, parts.query, parts.fragment) = (nil, nil, nil, nil)
            return parts.string ?? "https"
        case .syslog(let address): return "syslog\(address.isSecure ? "+tls" : "")://\(address)"
        case .mailbox(let address): return address
        }
    }

    private typealias Parsed = (text: String, scheme: String, host: String, port: Int, rest: String)

    /// Plain text is for networks that an operator allowed: there the host is spelled as an address.
    private static let plain = ["https": ("http", 80), "syslog+tls": ("syslog", 514)]

    private static func url(_ text: String, schemes: [String: Int], policy: AddressPolicy) throws -> Parsed {
        let known = schemes.keys.sorted().map { "\($0)://" }.joined(separator: " or ")
        guard text.utf8.count <= 2000, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), let parts = URLComponents(string: text),
            let scheme = parts.scheme?.lowercased(), let host = parts.host, !host.isEmpty, parts.fragment == nil
        else { throw invalid("expected an address that begins with \(known)") }
        let isPublic = policy.allows(host: host)
        guard isPublic != false else { throw invalid("\(host) is not a public address, and no operator allowed it") }
        var port = schemes[scheme]
        for (secure, (name, standard)) in plain where name == scheme && schemes[secure] != nil {
            // What is allowed although it is not public is a network of one's own.
            guard isPublic == true, AddressPolicy().allows(host: host) == false else {
                throw invalid("expected \(secure)://: only networks that an operator allowed may be told in plain text")
            }
            port = standard
        }
        guard let port = parts.port ?? port, schemes[scheme] != nil || plain.values.contains(where: { $0.0 == scheme }),
            (1...65535).contains(port)
        else { throw invalid("expected an address that begins with \(known)") }
        let rest = (parts.percentEncodedPath == "/" ? "" : parts.percentEncodedPath) + (parts.query ?? "") + (parts.user ?? "")
        return (text, scheme, host, port, rest)
    }

    private static func mailbox(_ text: String) throws -> String {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard text.utf8.count <= 254, parts.count == 2, parts.allSatisfy({ !$0.isEmpty }),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !#"<>(),;:\""#.utf8.contains($0) })
        else { throw invalid("expected an address such as name@example.com") }
        return text
    }

    private static func invalid(_ message: String) -> CatalogError { CatalogError(code: .invalid, message: "address: \(message)") }
}
