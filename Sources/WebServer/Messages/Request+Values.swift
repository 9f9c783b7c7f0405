package import Catalog
package import Foundation
package import Hummingbird
import NIOCore

extension Request {
    /// The whole body, which is no larger than its path takes.
    package func bytes() async throws -> [UInt8] {
        let buffer = try await body.collect(upTo: RequestLimits.bodyBytes(path: uri.path))
        return Array(buffer.readableBytesView)
    }

    /// The body as a JSON object; nil when it is empty or `null`, which clients send where they have nothing to say.
    package func jsonObject() async throws -> JSONValue? {
        let bytes = try await bytes()
        // What JSON calls white space (RFC 8259, section 2).
        if bytes.allSatisfy({ [0x20, 0x09, 0x0A, 0x0D].contains($0) }) { return nil }
        let value: JSONValue
        do {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw APIError.badRequest("the body: expected a JSON object: \(error)")
        }
        if value == .null { return nil }
        guard value.members != nil else { throw APIError.badRequest("the body: expected a JSON object, found \(value.kind)") }
        return value
    }

    /// A parameter of the query, in which forms write a space as a plus sign; an empty one counts as absent.
    package func parameter(_ name: String) -> String? { uri.query.flatMap { FormBody($0)[name] } }

    /// A parameter that is true or false, in whatever case clients spell it.
    package func flag(_ name: String) throws -> Bool {
        switch parameter(name)?.lowercased() {
        case "true", "1", "yes": return true
        case nil, "false", "0", "no": return false
        case let text?: throw APIError.badRequest("\(name): expected true or false, found \"\(text.prefix(40))\"")
        }
    }

    /// A parameter that is a number within a range.
    package func number(_ name: String, default standard: Int, in range: ClosedRange<Int>) throws -> Int {
        guard let text = parameter(name) else { return standard }
        guard let number = Int(text), range.contains(number) else {
            throw APIError.badRequest(
                "\(name): expected a whole number from \(range.lowerBound) to \(range.upperBound), found \"\(text.prefix(40))\"")
        }
        return number
    }

    /// A parameter that is a date or a time, with or without a zone.
    package func date(_ name: String) throws -> Date? {
        guard let text = parameter(name) else { return nil }
        guard let date = Timestamp.parse(text) else {
            throw APIError.badRequest(
                "\(name): expected a date such as 2026-01-31 or a time such as 2026-01-31T12:00:00Z, found \"\(text.prefix(40))\"")
        }
        return date
    }
}
