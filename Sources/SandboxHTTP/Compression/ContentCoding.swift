internal import CZlib
package import HTTPTypes

/// How a body is compressed on its way: Salesforce knows both, in both directions.
package enum ContentCoding: String, Sendable {
    case gzip, deflate

    /// zlib's name for the wrapping: a gzip header and trailer, or zlib's own.
    var windowBits: Int32 { self == .gzip ? MAX_WBITS + 16 : MAX_WBITS }

    /// What an answer may be compressed with, gzip rather than deflate; nil when the client wants neither.
    package static func accepted(by headers: HTTPFields) -> ContentCoding? {
        guard let header = headers[.acceptEncoding] else { return nil }
        var allowed: [Substring: Bool] = [:]
        for item in header.lowercased().filter({ $0 != " " }).split(separator: ",") {
            let parts = item.split(separator: ";")
            guard let name = parts.first else { continue }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) }
            allowed[name] = quality ?? 1 > 0
        }
        for coding in [ContentCoding.gzip, .deflate] {
            let aliases = coding == .gzip ? ["gzip", "x-gzip"] : ["deflate"]
            if let isAllowed = aliases.lazy.compactMap({ allowed[$0[...]] }).first ?? allowed["*"], isAllowed { return coding }
        }
        return nil
    }
}
