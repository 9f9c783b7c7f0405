package import HTTPTypes
import SandboxBytes
import Synchronization

/// What Salesforce's edge puts on every answer, as recorded in 2022. Made once when the org starts, and shared by all answers but for the
/// request's own number.
package final class EdgeHeaders: Sendable {
    private let all: [HTTPField]
    private let login: [HTTPField]
    private let number = Atomic<Int>(0)
    private let salt: UInt64

    package init(now: Int64) {
        salt = Mix.bits(UInt64(bitPattern: now), 0)
        let parts = HTTPDate.text(now + 31_536_000).split(separator: " ")
        let expires = "expires=\(parts[0]) \(parts[1])-\(parts[2])-\(parts[3]) \(parts[4]) GMT; Max-Age=31536000"
        func fields(_ pairs: [(String, String)]) -> [HTTPField] {
            pairs.compactMap { name, value in HTTPField.Name(name).map { HTTPField(name: $0, value: value) } }
        }
        let browser = String(salt, radix: 36)
        all = fields([
            ("Set-Cookie", "BrowserId=\(browser); domain=.salesforce.com; path=/; \(expires); secure; SameSite=None"),
            ("Set-Cookie", "CookieConsentPolicy=0:1; path=/; \(expires); secure"),
            ("Set-Cookie", "LSKey-c$CookieConsentPolicy=0:1; path=/; \(expires); secure"),
            ("Strict-Transport-Security", "max-age=63072000; includeSubDomains"),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Robots-Tag", "none"),
            ("Cache-Control", "no-cache,must-revalidate,max-age=0,no-store,private"),
            ("Vary", "Accept-Encoding"),
        ])
        login = fields([
            ("X-Xss-Protection", "1; mode=block"), ("Expires", "Thu, 01 Jan 1970 00:00:00 GMT"), ("X-Readonlymode", "false"),
        ])
    }

    /// Adds what an answer to this path has; the org's own endpoints have none of it.
    package func add(to headers: inout HTTPFields, path: String) {
        guard !path.hasPrefix("/sandbox") else { return }
        for field in all { headers.append(field) }
        if path.hasPrefix("/services/oauth2") { for field in login { headers.append(field) } }
        let count = number.wrappingAdd(1, ordering: .relaxed).newValue
        let id = Self.hexadecimal(Mix.bits(salt, count)) + Self.hexadecimal(Mix.bits(~salt, count))
        headers[Self.requestID] = id
        headers[Self.plainRequestID] = id
    }

    private static let plainRequestID = HTTPField.Name("X-Request-Id") ?? .eTag
    private static let requestID = HTTPField.Name("X-Sfdc-Request-Id") ?? .eTag

    private static func hexadecimal(_ bits: UInt64) -> String {
        let digits = String(bits, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
