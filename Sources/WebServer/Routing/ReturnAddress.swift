import Catalog
import Foundation

/// Where a browser is sent after a sign-in. Anybody may ask for one, so it leads to this server, or to the machine in front of the person
/// (as Heroku's CLI listens on http://localhost:18000), and nowhere else.
package struct ReturnAddress: Hashable {
    package let text: String

    private static let longest = 2000

    /// - Parameters:
    ///   - next: what was asked for.
    ///   - base: this server's own address, without a slash at the end.
    /// - Throws: `APIError` that says what was expected.
    package init(_ next: String, base: String) throws {
        let refused = APIError.badRequest(
            "next: expected a path of this server such as /connections, an address that begins with \(base), or one of http://localhost")
        // Browsers read a backslash as a slash, and skip line ends and tabs.
        guard !next.isEmpty, next.utf8.count <= Self.longest, next.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") })
        else { throw refused }
        if next.hasPrefix("/") {
            guard !next.hasPrefix("//"), URLComponents(string: next) != nil else { throw refused }
            text = base + next
            return
        }
        guard let parts = URLComponents(string: next), let scheme = parts.scheme?.lowercased(), let host = parts.host?.lowercased(),
            !host.isEmpty, parts.user == nil, parts.password == nil, let own = URLComponents(string: base)
        else { throw refused }
        let isOwn =
            scheme == own.scheme?.lowercased() && host == own.host?.lowercased() && Self.port(parts, scheme) == Self.port(own, scheme)
        guard isOwn || (scheme == "http" && Loopback.contains(host)) else { throw refused }
        text = next
    }

    /// The address with what went wrong, as OAuth would tell it.
    package func adding(error: String, description: String) -> String {
        guard var parts = URLComponents(string: text) else { return text }
        parts.queryItems =
            (parts.queryItems ?? []) + [
                URLQueryItem(name: "error", value: error), URLQueryItem(name: "error_description", value: description),
            ]
        return parts.string ?? text
    }

    private static func port(_ parts: URLComponents, _ scheme: String) -> Int { parts.port ?? (scheme == "https" ? 443 : 80) }
}
