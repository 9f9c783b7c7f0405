import Catalog
import HTTPTransport
import JobQueue
import Outlets
import Postgres
import Secrets
import Sync
import SyncInspection
import SyncWrite

/// What the process tells outlets through.
struct OutletTelling: Sendable {
    let configuration: OutletConfiguration
    let key: SealingKey
    let http: HTTPClient

    init(configuration: OutletConfiguration, key: SealingKey) {
        self.configuration = configuration
        self.key = key
        http = DeliverStep.client(configuration)
    }
}

extension SyncHandlers {
    /// What operators ask for, and what they are told.
    var operations: [JobHandler] {
        [
            JobHandler(kind: JobKind.deliver.rawValue) { context in
                try await DeliverStep(
                    catalog: catalog, configuration: outlets.configuration, http: outlets.http, key: outlets.key, context: context
                ).run()
            },
            JobHandler(kind: JobKind.explore.rawValue) { context in
                try await asked(context) { scope, mapping in
                    guard let mapping else { return .completed("the mapping was removed") }
                    return try await ExploreStep(scope: scope, mapping: mapping, args: try context.job.decodeArgs()).run()
                }
            },
            JobHandler(kind: JobKind.verify.rawValue) { context in
                try await asked(context) { scope, mapping in
                    guard let mapping else { return .completed("the mapping was removed") }
                    return try await VerifyStep(scope: scope, mapping: mapping, args: try context.job.decodeArgs()).run()
                }
            },
            JobHandler(kind: JobKind.listObjects.rawValue) { context in
                try await asked(context) { scope, _ in try await ListObjectsStep(scope: scope).run() }
            },
            JobHandler(kind: JobKind.deleteConnection.rawValue) { context in
                try await DeleteConnection(
                    catalog: catalog, target: { try await target(of: $0, lane: "job:\(context.job.id)") }, context: context
                ).run()
            },
            JobHandler(kind: JobKind.resolve.rawValue) { context in
                try await asked(context) { scope, mapping in
                    if context.job.mappingID != nil, mapping == nil { return .completed("the mapping was removed") }
                    return try await ResolveStep(
                        scope: scope, mappings: catalog.mappings(scope.connection.id), mapping: mapping, args: context.job.decodeArgs()
                    ).run()
                }
            },
        ]
    }

    /// Runs what somebody asked for: when it fails, that is told of the job, and neither of the mapping nor of the connection, which go on.
    private func asked(
        _ context: JobContext, _ step: @escaping @Sendable (SyncScope, Mapping?) async throws -> JobOutcome
    ) async throws -> JobOutcome {
        guard let connectionID = context.job.connectionID, let connection = try await catalog.connection(connectionID) else {
            return .completed("the connection was removed")
        }
        guard connection.state.allowsSync else { throw JobFailure.permanent("the connection is \(connection.state.rawValue)") }
        let mapping = if let id = context.job.mappingID { try await catalog.mapping(id) } else { nil as Mapping? }
        do {
            return try await unserved.watch(connection) { try await step(try await scope(connection, context), mapping) }
        } catch let error where error is LeaseLost || error is CancellationError || error is JobFailure {
            throw error
        } catch let error as PostgresError where error.code == .cancelled {
            throw error
        } catch {
            let failure = Failure(error)
            throw failure.isRetryable ? JobFailure.retry(after: .zero, failure.reason) : .permanent(failure.reason)
        }
    }
}
