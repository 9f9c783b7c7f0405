import Catalog
import Foundation
import JobQueue
import Postgres
import Salesforce
import Sync

/// Says what an error means: for the job (again, later, never), and for the mapping's and the connection's state that people see.
struct SyncFailures: Sendable {
    let catalog: CatalogStore
    let context: JobContext
    let connection: Connection
    let mapping: Mapping?

    /// How long scheduled work rests when the org has used up its calls.
    private static let limitPause = Duration.seconds(60)

    /// Runs a step and translates what it throws.
    func watch(_ step: () async throws -> JobOutcome) async throws -> JobOutcome {
        do {
            return try await step()
        } catch let error as JobFailure {
            throw error
        } catch let error where error is LeaseLost || error is CancellationError {
            throw error
        } catch let error as PostgresError where error.code == .cancelled {
            throw error
        } catch let error as SalesforceError where error.code == .cancelled {
            throw CancellationError()
        } catch {
            throw try await translate(error)
        }
    }

    private func translate(_ error: any Error) async throws -> JobFailure {
        let message = "\(error)"
        switch error {
        case let error as SyncError where error.code == .badConfiguration:
            try await stopMapping(.badConfig, message: error.message)
            return .permanent(message)
        case let error as SyncError where error.code == .removed:
            return .permanent(message)
        case let error as SalesforceError:
            return try await translate(error)
        case let error as PostgresError where error.isRetryable:
            return try await again(message)
        case let error as CatalogError:
            return try await translate(error)
        default:
            return try await again(message)
        }
    }

    /// A process that lacks what the record names leaves the job to others; a record that cannot be read is the connection's own fault.
    private func translate(_ error: CatalogError) async throws -> JobFailure {
        let message = error.message
        switch error.code {
        case .configuration:
            return .elsewhere(message)
        case .credentialsUnreadable:
            try await catalog.setConnectionState(connection.id, .unauthorized, description: message, from: Self.syncing)
            try await catalog.notify(connection.id, eventType: "authorization", message: message)
            try await stopMapping(.unauthorized, message: message)
        case .addressUnreadable:
            try await catalog.setConnectionState(connection.id, .dbUnavailable, description: message, from: Self.syncing)
            try await catalog.notify(connection.id, eventType: "postgres-connection", message: message)
            try await say(.error, message)
        default:
            try await stopMapping(.systemError, message: message)
        }
        return .permanent(message)
    }

    private static let syncing = ConnectionState.allCases.filter(\.allowsSync)

    private func translate(_ error: SalesforceError) async throws -> JobFailure {
        let message = "Salesforce: \(error)"
        switch error.retry {
        case .needsAuthorization:
            try await catalog.setConnectionState(connection.id, .unauthorized, description: message)
            try await catalog.notify(
                connection.id, eventType: "authorization", message: "Salesforce does not accept the connection's login: \(error.message)")
            try await stopMapping(.unauthorized, message: message)
            return .permanent(message)
        case .schemaChanged where mapping != nil:
            try await stopMapping(.badConfig, message: message)
            return .permanent(message)
        case .organizationLimit:
            try await say(.warning, "The org's limit is used up, waiting: \(error.message)")
            return .retry(after: Self.limitPause, message)
        default:
            return try await again(message)
        }
    }

    /// Again with the ordinary backoff; the last attempt leaves its mark on the mapping.
    private func again(_ message: String) async throws -> JobFailure {
        let isLast = context.job.attempt >= context.job.maxAttempts
        if isLast {
            let state: MappingState = context.job.kind == JobKind.poll.rawValue ? .systemError : .bulkLoadError
            try await stopMapping(state, message: message)
        } else {
            try await say(.warning, "Attempt \(context.job.attempt) of \(context.job.kind) failed, trying again: \(message)")
        }
        return .retry(after: .zero, message)
    }

    private func stopMapping(_ state: MappingState, message: String) async throws {
        try await say(.error, message)
        guard let mapping else { return }
        try await catalog.updateMapping(mapping.id, MappingUpdate(state: state, stateDescription: message))
        try await catalog.notify(connection.id, eventType: "mapping-error", message: "\(mapping.objectName): \(message)")
    }

    private func say(_ level: EventLevel, _ message: String) async throws {
        try await catalog.event(level, connection: connection.id, mapping: mapping?.id, job: context.job.id, message)
    }
}
