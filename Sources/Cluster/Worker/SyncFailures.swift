import Catalog
import Foundation
import JobQueue
import MappedSchema
import Postgres
import Salesforce
import Sync

/// Says what an error means: for the job (again, later, never), and for the mapping's and the connection's state that people see.
struct SyncFailures: Sendable {
    let catalog: CatalogStore
    let context: JobContext
    let connection: Connection
    let mapping: Mapping?
    let kind: JobKind

    /// How long scheduled work rests when the org has used up its calls.
    private static let limitPause = Duration.seconds(60)

    /// Runs a step and translates what it throws. What works again is said, too.
    func watch(_ step: () async throws -> JobOutcome) async throws -> JobOutcome {
        do {
            let outcome = try await step()
            try await quiet()
            return outcome
        } catch {
            try Self.passOn(error)
            throw try await translate(error)
        }
    }

    /// Throws on what says nothing of the work: the job is no longer this worker's, was called off, or needs what this process lacks.
    static func passOn(_ error: any Error) throws {
        switch error {
        case is LeaseLost, is CancellationError: throw error
        case let error as PostgresError where error.code == .cancelled: throw error
        case let error as SalesforceError where error.code == .cancelled: throw CancellationError()
        case let error as CatalogError where error.code == .configuration: throw JobFailure.elsewhere(error.message)
        default: break
        }
    }

    private func quiet() async throws {
        // Whoever has trouble says so: there is nothing to do where nothing is said.
        if let mapping, mapping.stateDescription != nil { try await catalog.quietTrouble(of: mapping.id, source: kind) }
        if mapping == nil, connection.stateDescription != nil { try await catalog.describeConnection(connection.id, nil) }
    }

    private func translate(_ error: any Error) async throws -> JobFailure {
        let failure = Failure(error)
        switch error {
        case let error as CatalogError: return try await translate(error)
        case let error as MappedSchemaError where error.code == .foreignSchema:
            return try await stop(.dbUnavailable, eventType: "postgres-connection", failure, mappings: .dbUnavailable)
        case JobFailure.retry(let delay, _):
            return try await again(failure, delay: delay)
        default: break
        }
        switch failure.meaning {
        case .passes: return try await again(failure)
        case .rests: return try await again(failure, delay: Self.limitPause)
        case .removed: return .permanent(failure.reason)
        case .endsMapping(let state): return try await end(failure, state)
        case .endsConnection(.unauthorized):
            guard try await catalog.endAuthorization(of: connection, description: failure.reason) else {
                return .retry(after: .zero, failure.reason)
            }
            return try await end(failure, .unauthorized)
        case .endsConnection(.systemError):
            return try await stop(.systemError, eventType: "api-version", failure, mappings: .systemError)
        case .endsConnection:
            // The database may be back before anybody has looked: said at once, and tried again.
            return try await again(failure, state: .dbUnavailable)
        }
    }

    /// A record that cannot be read is the connection's own fault.
    private func translate(_ error: CatalogError) async throws -> JobFailure {
        let failure = Failure(error)
        switch error.code {
        case .credentialsUnreadable:
            return try await stop(.unauthorized, eventType: "authorization", failure, mappings: .unauthorized)
        case .addressUnreadable:
            return try await stop(.dbUnavailable, eventType: "postgres-connection", failure, mappings: .dbUnavailable)
        default:
            return try await end(failure, .systemError)
        }
    }

    private static let syncing = ConnectionState.allCases.filter(\.allowsSync)

    /// Ends the connection's sync until somebody restarts it.
    private func stop(
        _ state: ConnectionState, eventType: String, _ failure: Failure, mappings: MappingState
    ) async throws -> JobFailure {
        try await catalog.endSync(of: connection.id, state, from: Self.syncing, eventType: eventType, reason: failure.reason)
        return try await end(failure, mappings)
    }

    /// Again after the ordinary backoff; the last attempt leaves its mark on the mapping.
    private func again(_ failure: Failure, delay: Duration = .zero, state: MappingState? = nil) async throws -> JobFailure {
        guard context.job.attempt < context.job.maxAttempts else {
            return try await end(failure, state ?? (kind == .poll ? .systemError : .bulkLoadError))
        }
        let pause = max(delay, JobQueue.backoff(afterAttempt: context.job.attempt))
        try await tell(failure, state, pause: pause)
        return .retry(after: pause, failure.reason)
    }

    private func end(_ failure: Failure, _ state: MappingState) async throws -> JobFailure {
        try await tell(failure, state, pause: nil)
        return .permanent(failure.reason)
    }

    private func tell(_ failure: Failure, _ state: MappingState?, pause: Duration?) async throws {
        let isNews: Bool
        if let mapping {
            isNews = try await record(failure, state, pause, of: mapping)
        } else {
            isNews = try await describe(failure, pause)
        }
        guard isNews || pause != nil else { return }
        let attempt = "attempt \(context.job.attempt) of \(context.job.maxAttempts)"
        try await catalog.event(
            pause == nil ? .error : .warning, connection: connection.id, mapping: mapping?.id, job: context.job.id,
            type: EventType(jobKind: kind.rawValue),
            pause == nil ? failure.reason : "\(attempt) of the \(kind.rawValue) failed, trying again: \(failure.reason)")
    }

    private func record(_ failure: Failure, _ state: MappingState?, _ pause: Duration?, of mapping: Mapping) async throws -> Bool {
        let owner = kind == .loadPage ? try await owner() : nil
        // A comparison that fails is told of its job, and the mapping goes on.
        if owner == .verify { return false }
        // What ends a page ends the load or poll that it belongs to.
        let source = pause == nil ? owner ?? kind : kind
        return try await catalog.record(
            MappingTrouble(
                source: source, state: state, reason: failure.reason, cause: failure.cause, needsLoad: failure.needsLoad,
                attempt: context.job.attempt, maxAttempts: context.job.maxAttempts, pause: pause), of: mapping.id) ?? false
    }

    /// The kind of the job that a page belongs to; nil when that is over.
    private func owner() async throws -> JobKind? {
        let args: LoadPageArgs = try context.job.decodeArgs()
        return try await context.queue.kind(ofLive: args.loadJobID).flatMap(JobKind.init(rawValue:))
    }

    /// Writes are the connection's: it says what keeps them, and goes on reading.
    private func describe(_ failure: Failure, _ pause: Duration?) async throws -> Bool {
        let job = context.job
        let isKnown = pause == nil && connection.stateDescription?.contains(failure.reason) == true
        let isToldOf = pause == nil && !isKnown || pause != nil && job.attempt == MappingTrouble.manyAttempts
        return try await catalog.describeConnection(
            connection.id, "\(kind.rawValue)s fail: \(failure.reason)", attempt: job.attempt, of: job.maxAttempts, pause: pause,
            eventType: isToldOf ? "connection-error" : nil)
    }
}
