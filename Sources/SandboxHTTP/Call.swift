import Foundation
package import HTTPTypes
package import SandboxBytes

/// A request, taken apart: leniently, as Salesforce does (doubled and trailing slashes, any case of the fixed words).
package struct Call: Sendable {
    package let method: HTTPRequest.Method
    /// As sent, without the query string.
    package let path: String
    package let segments: [String]
    package let query: [String: String]
    package let headers: HTTPFields
    package let body: [UInt8]

    package init(method: HTTPRequest.Method, target: String, headers: HTTPFields, body: [UInt8]) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        self.path = parts.first.map(String.init) ?? "/"
        self.segments = self.path.split(separator: "/").map { Self.unescape(String($0), plusIsSpace: false) }
        self.query = parts.count > 1 ? Self.form(String(parts[1])) : [:]
        self.headers = headers
        self.body = body
        // Clients that can send POST alone ask for other methods this way.
        let override = method == .post ? self.query["_HttpMethod"].flatMap { Self.overrides[$0.uppercased()] } : nil
        self.method = override ?? method
    }

    private static let overrides: [String: HTTPRequest.Method] = ["PATCH": .patch, "DELETE": .delete, "PUT": .put]

    func with(body: [UInt8]) -> Call { Call(self, body: body) }

    private init(_ call: Call, body: [UInt8]) {
        method = call.method
        path = call.path
        segments = call.segments
        query = call.query
        headers = call.headers
        self.body = body
    }

    /// The segment in lower case, or empty beyond the end.
    package func word(_ index: Int) -> String { index < segments.count ? segments[index].lowercased() : "" }

    package func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }

    package var form: [String: String] { Self.form(String(decoding: body, as: UTF8.self)) }

    package func json() throws(OrgError) -> JSON {
        guard !body.isEmpty else { throw OrgError(.badRequest, "JSON_PARSER_ERROR", "No content to map to Object due to end of input") }
        do { return try JSONParser.parse(body) } catch { throw OrgError(error) }
    }

    /// The members of a JSON object in the body.
    package func jsonObject() throws(OrgError) -> JSON {
        let json = try json()
        guard json.members != nil else { throw OrgError(.badRequest, "JSON_PARSER_ERROR", "The body must be a JSON object") }
        return json
    }

    package static func form(_ text: String) -> [String: String] {
        var form: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let key = unescape(String(parts[0]), plusIsSpace: true)
            form[key] = parts.count > 1 ? unescape(String(parts[1]), plusIsSpace: true) : ""
        }
        return form
    }

    /// Percent-decoding that never fails: what is no escape stays as it is.
    package static func unescape(_ text: String, plusIsSpace: Bool) -> String {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var position = 0
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "%"), position + 2 < bytes.count, let value = hexadecimal(bytes[position + 1], bytes[position + 2]) {
                result.append(value)
                position += 3
            } else {
                result.append(plusIsSpace && byte == UInt8(ascii: "+") ? 0x20 : byte)
                position += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func hexadecimal(_ high: UInt8, _ low: UInt8) -> UInt8? {
        func digit(_ byte: UInt8) -> UInt8? {
            switch byte {
            case 48...57: byte - 48
            case 65...70: byte - 55
            case 97...102: byte - 87
            default: nil
            }
        }
        guard let high = digit(high), let low = digit(low) else { return nil }
        return high << 4 | low
    }
}

/// A call below `/services/data/vNN.0`, by a known user.
package struct APICall: Sendable {
    package let call: Call
    package let version: Int
    /// Row of the user in the User table.
    package let user: Int

    package init(call: Call, version: Int, user: Int) {
        self.call = call
        self.version = version
        self.user = user
    }

    /// Below the version.
    package func word(_ index: Int) -> String { call.word(index + 3) }
    package func segment(_ index: Int) -> String { index + 3 < call.segments.count ? call.segments[index + 3] : "" }
    package var count: Int { call.segments.count - 3 }
    package var method: HTTPRequest.Method { call.method }
    /// The same request with another body, which is JSON.
    package func with(body: JSON) -> APICall {
        var json = JSONWriter()
        json.value(body)
        return APICall(call: call.with(body: json.bytes.array), version: version, user: user)
    }

    package var base: String { "/services/data/v\(version).0" }
}
