import Accounts
import Catalog
import Foundation
import HTTPTypes
import Hummingbird
import JobQueue
import Logging
import MappedSchema
import Monitoring
import Postgres
import Secrets
import WebServer

/// What every route works with.
struct APIServices: Sendable {
    let catalog: CatalogStore
    let sealingKey: SealingKey
    let configuration: APIConfiguration
    let addresses: ConnectionAddresses
    let targets: TargetPools
    let signIn: (any OrgSignIn)?
    let rates: RequestRates
    let events: LiveFeed<JournalSource>
    let readiness: Readiness
    let logger: Logger
    /// Documents of connections for lists.
    let fragments = ConnectionFragments()

    var pool: PostgresPool { catalog.pool }
    var queue: JobQueue { JobQueue(pool: catalog.pool) }

    /// How the client reaches this server, without a slash at the end.
    func baseURL(_ request: Request) -> String {
        if let publicURL = configuration.publicURL { return publicURL }
        let scheme = request.headers[.forwardedProto] == "https" ? "https" : "http"
        return "\(scheme)://\(request.head.authority ?? "localhost:\(configuration.port)")"
    }

    /// The address of the page behind a cursor: the request's own, with all of its filters.
    func pageURL(_ request: Request, cursor: String) -> String {
        let kept = (request.uri.query ?? "").split(separator: "&").filter { !$0.hasPrefix("cursor=") }
        return baseURL(request) + request.uri.path + "?" + (kept + ["cursor=\(cursor)"]).joined(separator: "&")
    }

    /// From where a request comes.
    func address(_ request: Request) -> String { ClientAddress.of(request, trustedProxies: configuration.rates.trustedProxies) }

    /// The connection that the path names, when the user may use it.
    func connection(_ parameters: Parameters, _ user: User) async throws -> Connection { try await catalog.connection(parameters, user) }

    /// The mapping that the path names, with its connection, when the user may use it.
    func mapping(_ parameters: Parameters, _ user: User) async throws -> (Mapping, Connection) {
        try await catalog.mapping(parameters, user)
    }

    /// The job that the path names, with its connection, when the user may see it.
    func job(_ parameters: Parameters, _ user: User) async throws -> (ListedJob, Connection) {
        let text = parameters.get("job") ?? ""
        guard let id = Int64(text), let job = try await queue.job(id), let connectionID = job.connectionID,
            let connection = try await catalog.connection(connectionID), user.mayUse(connection)
        else { throw APIError.notFound("there is no job \(text)") }
        return (job, connection)
    }
}
