import Foundation
package import Hummingbird

/// What a browser's form sent in a body or a query, `application/x-www-form-urlencoded`, in its order; a name may come several times.
package struct FormBody: Sendable {
    private let fields: [(name: String, value: String)]

    package init(_ text: String) {
        fields = text.split(separator: "&").compactMap { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decode(parts[0]), let value = Self.decode(parts.count > 1 ? parts[1] : "") else { return nil }
            return (name, value)
        }
    }

    /// The first value of a field; nil when it was not sent or is empty.
    package subscript(name: String) -> String? { fields.first { $0.name == name && !$0.value.isEmpty }?.value }

    /// The first value of a field that has to be there.
    ///
    /// - Throws: `APIError` 400 naming it.
    package func required(_ name: String) throws -> String {
        guard let value = self[name] else { throw APIError.badRequest("\(name): expected a value, found nothing") }
        return value
    }

    /// All values of a field that are not empty.
    package func values(_ name: String) -> [String] { fields.filter { $0.name == name && !$0.value.isEmpty }.map(\.value) }

    private static func decode(_ text: Substring) -> String? { text.replacing("+", with: " ").removingPercentEncoding }
}

extension Request {
    /// The body as a form.
    package func form() async throws -> FormBody { FormBody(String(decoding: try await bytes(), as: UTF8.self)) }
}
