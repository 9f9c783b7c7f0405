import ArgumentParser
import Catalog
import Foundation
import JobQueue
import Postgres

/// `sluice job retry`: a job that failed or was cancelled waits again.
struct JobRetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Runs a failed or cancelled job again.",
        example: "sluice job retry 4711")

    @Argument(help: "The job's id.")
    var id: Int64

    @Flag(help: "Print the result as JSON.")
    var json = false

    func run() async throws {
        try await AdminStart.run { start in
            let queue = JobQueue(pool: start.pool)
            let connection = try await queue.job(id)?.connectionID
            guard try await queue.retry(id) else {
                throw CatalogError(code: .notFound, message: "there is no failed or cancelled job \(id)")
            }
            try await start.catalog.audit(connection, actor: "sluice job retry", action: "job.retry", details: ["job": .integer(id)])
            print(json ? JSONValue.object([.init("id", .integer(id))]).prettyText : "job \(id) waits again")
        }
    }
}

/// `sluice job cancel`: a waiting job ends at once, a running one is asked to stop.
struct JobCancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Cancels a job that waits or runs.",
        example: "sluice job cancel 4711")

    @Argument(help: "The job's id.")
    var id: Int64

    @Flag(help: "Print the result as JSON.")
    var json = false

    func run() async throws {
        try await AdminStart.run { start in
            let queue = JobQueue(pool: start.pool)
            let connection = try await queue.job(id)?.connectionID
            guard try await queue.cancel(id) else {
                throw CatalogError(code: .notFound, message: "there is no waiting or running job \(id)")
            }
            try await start.catalog.audit(connection, actor: "sluice job cancel", action: "job.cancel", details: ["job": .integer(id)])
            print(json ? JSONValue.object([.init("id", .integer(id))]).prettyText : "job \(id) is cancelled, or asked to stop")
        }
    }
}

/// `sluice job enqueue`: what the API's actions enqueue, without the API.
struct JobEnqueueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enqueue", abstract: "Enqueues a poll or reload of a mapping, or a write of a connection.",
        example: "sluice job enqueue poll --connection sales --object Account")

    /// The kinds that make sense by hand.
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case poll
        case reload
        case write
    }

    @Argument(help: "poll, reload or write.")
    var kind: Kind

    @Option(help: "The connection: its id, resource name or name.")
    var connection: String

    @Option(help: "The mapped object, for poll and reload.")
    var object: String?

    @Flag(help: "Print the job as JSON.")
    var json = false

    func validate() throws {
        if kind != .write, object == nil { throw ValidationError("--object: expected the mapped object, such as Account") }
    }

    func run() async throws {
        try await AdminStart.run { start in
            let connection = try await start.catalog.connection(named: connection)
            let id = try await enqueue(in: start, connection)
            if json { return print(JSONValue.object([.init("id", id.map { .integer($0) } ?? .null)]).prettyText) }
            print(id.map { "job \($0)" } ?? "such a job has just begun")
        }
    }

    /// - Returns: the job that does it: a new one, or the one that waited already and is due now.
    private func enqueue(in start: AdminStart, _ connection: Connection) async throws -> Int64? {
        let (requestedBy, kind, object) = ("sluice job enqueue", kind, object)
        guard let request = ReadRequest(rawValue: kind.rawValue) else {
            let job = try NewJob.write(connection.id, requestedBy: requestedBy)
            return try await start.pool.transaction { session in
                let id = try JobQueue.enqueueOrBringForward([job], in: session)[0]
                try CatalogStore.audit(
                    connection.id, actor: requestedBy, action: "connection.write", details: ["job": id.map { .integer($0) } ?? .null],
                    in: session)
                return id
            }
        }
        guard let object, let mapping = try await start.catalog.mapping(connection.id, object: object) else {
            throw CatalogError(code: .notFound, message: "the connection \(connection.name) has no mapping of \(object ?? "")")
        }
        return try await start.pool.transaction { session in
            let id = try CatalogStore.enqueue(request, of: mapping, requestedBy: requestedBy, in: session)
            try CatalogStore.audit(
                connection.id, actor: requestedBy, action: "mapping.\(request.rawValue)",
                details: ["object_name": .string(mapping.objectName), "job": .integer(id)], in: session)
            return id
        }
    }
}
