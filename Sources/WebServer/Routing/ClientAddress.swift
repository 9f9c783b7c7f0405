import Foundation
package import Hummingbird

/// From where a request comes.
package enum ClientAddress {
    /// Who is at the other end of the connection that is being served.
    @TaskLocal package static var peer: String?

    /// The client's address; behind proxies that are trusted, what the outermost of them said it was. What clients write themselves
    /// stands further left and counts for nothing.
    package static func of(_ request: Request, trustedProxies: Int) -> String {
        let peer = peer ?? "unknown"
        guard trustedProxies > 0 else { return peer }
        let told = request.headers[values: .forwardedFor].joined(separator: ",").split(separator: ",")
            .map { $0.trimmingCharacters(in: .whitespaces) }
        guard told.count >= trustedProxies else { return peer }
        let address = told[told.count - trustedProxies]
        return address.isEmpty || address.utf8.count > 64 ? peer : address
    }
}
