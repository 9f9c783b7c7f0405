import Catalog
import Foundation
import HTTPTypes
import JobQueue
import Postgres
import WebServer

/// What is known of an object of the org.
enum KnownSchema: Sendable {
    /// The document that `schemas/<Object>` tells.
    case known([JSONValue.Member])
    /// Nobody has answered in time; the job that asks.
    case pending(Int64)
}

extension APIServices {
    /// A description older than this is asked for anew, and told only where the org gives no newer one in time.
    private static let freshness = Duration.seconds(600)

    /// What an object is made of, as a worker was told by the org.
    ///
    /// - Throws: `APIError` 400 for what is no name of an object, 404 when the org has none of this name, 409 while the connection has no
    ///   authorization, 502 when the org could not be asked.
    func schema(of object: String, at connection: Connection, isRefresh: Bool = false) async throws -> KnownSchema {
        guard SalesforceName.isObject(object) else {
            throw APIError.badRequest(
                "expected the name of a Salesforce object, of letters, digits and underscores, found \"\(object.prefix(80))\"")
        }
        let known = try await catalog.describe(connection.id, object: object, apiVersion: connection.apiVersion)
        if let known, known.age < Self.freshness, !isRefresh { return try answer(known, object, connection) }
        guard connection.credentialsSealed != nil else {
            throw APIError.conflict(
                "the connection is \(connection.state.rawValue): authorize it at Salesforce before its objects can be read")
        }
        let job = try await pool.transaction { session in
            try JobQueue.enqueueOrBringForward(
                [try .describe(connection.id, object: object, apiVersion: connection.apiVersion)], in: session)[0]
        }
        guard let job else { throw APIError.conflict("\(object) is being described just now; ask again") }
        switch try await wait(for: job) {
        case .done:
            guard let found = try await catalog.describe(connection.id, object: object, apiVersion: connection.apiVersion) else {
                throw APIError.conflict("the connection changed meanwhile; ask again")
            }
            return try answer(found, object, connection)
        case .failed(let reason):
            throw APIError(status: .badGateway, code: "salesforce", message: "\(object) could not be described: \(reason)")
        case .pending:
            if let known { return try answer(known, object, connection) }
            return .pending(job)
        }
    }

    private func answer(_ known: StoredDescribe, _ object: String, _ connection: Connection) throws -> KnownSchema {
        guard let document = known.document else {
            throw APIError.notFound("the org has no object \(object), or the integration user may not see it")
        }
        guard let members = try JSONValue(parsing: document).members else {
            throw CatalogError(code: .corrupt, message: "the stored description of \(object) cannot be read")
        }
        return .known(
            members + [
                .init("api_version", .string(connection.apiVersion)), .init("described_at", .string(Timestamp.iso(known.describedAt))),
            ])
    }
}
