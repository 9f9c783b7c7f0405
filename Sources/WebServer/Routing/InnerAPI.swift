package import Catalog
import Foundation
package import HTTPTypes
package import Hummingbird
import HummingbirdCore
import NIOCore

/// The API's routes, called within the process: what a page shows and does goes through the same gates, checks and audit as a client's calls.
package struct InnerAPI: Sendable {
    private struct Entry {
        let method: HTTPRequest.Method
        let parts: [Substring]
        let handler: Route.Handler

        /// What the path's parameters are; nil when it is none of this entry's.
        func parameters(_ path: [Substring]) -> Parameters? {
            guard path.count == parts.count else { return nil }
            var parameters = Parameters()
            for (part, text) in zip(parts, path) {
                if part.hasPrefix(":") {
                    parameters.append(key: part.dropFirst(), value: Substring(text.removingPercentEncoding ?? String(text)))
                } else if part != text {
                    return nil
                }
            }
            return parameters
        }
    }

    private var entries: [Entry] = []

    package init() {}

    mutating func add(_ method: HTTPRequest.Method, _ path: String, _ handler: @escaping Route.Handler) {
        entries.append(Entry(method: method, parts: path.split(separator: "/"), handler: handler))
    }

    /// Calls a route.
    ///
    /// - Parameters:
    ///   - target: path and query, as a client would send them.
    ///   - request: the page's own, which was let in for `user`.
    /// - Returns: what a client would get.
    /// - Throws: what a client would be refused with.
    package func call(
        _ method: HTTPRequest.Method, _ target: String, body: JSONValue? = nil, for request: Request, as user: User
    ) async throws -> InnerAnswer {
        var head = request.head
        head.method = method
        head.path = target
        head.headerFields[.contentType] = body == nil ? nil : "application/json"
        head.headerFields[.contentLength] = nil
        head.headerFields[.accept] = "application/json"
        let inner = Request(head: head, body: RequestBody(buffer: body.map { ByteBuffer(string: $0.text) } ?? ByteBuffer()))
        let path = inner.uri.path.split(separator: "/")
        // A fixed part before a parameter, as the router has it.
        let found = entries.filter { $0.method == method }.compactMap { entry in entry.parameters(path).map { (entry, $0) } }
            .min { $0.1.count < $1.1.count }
        guard let (entry, parameters) = found else { throw APIError.notFound("there is nothing at \(method) \(inner.uri.path)") }
        let response = try await entry.handler(inner, parameters, user)
        return try await InnerAnswer(response)
    }
}
