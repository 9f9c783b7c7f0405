import Catalog
import Foundation
import JobQueue
import Postgres
import WebServer

/// What may be done to a connection with a single call.
enum ConnectionAction: String, CaseIterable {
    case pause
    case resume
    case restart
}

/// What may be done to a mapping with a single call.
typealias MappingAction = ReadRequest

extension APIServices {
    /// Pauses, resumes or restarts a connection.
    func perform(_ action: ConnectionAction, on connection: Connection, by user: User) async throws {
        let isDone =
            switch action {
            case .pause: try await catalog.pause(connection.id)
            case .resume: try await catalog.resume(connection.id)
            case .restart: try await catalog.restart(connection.id)
            }
        guard isDone else {
            let state = try await catalog.connection(connection.id)?.state ?? connection.state
            throw APIError.conflict("the connection is \(state.rawValue) (\(state.label)) and cannot be \(action.participle)")
        }
        let state = try await catalog.connection(connection.id)?.state
        try await catalog.audit(
            connection.id, actor: user.email, action: "connection.\(action.rawValue)",
            details: .change(
                before: ["state": .string(connection.state.rawValue)], after: ["state": .optional(state?.rawValue)]))
    }

    /// Enqueues a reload or a poll.
    ///
    /// - Returns: the job that does it: a new one, or the one that waited already and is due now.
    func perform(_ action: MappingAction, on mapping: Mapping, of connection: Connection, by user: User) async throws -> Int64? {
        guard connection.state.allowsSync else {
            throw APIError.conflict(
                "the connection is \(connection.state.rawValue) (\(connection.state.label)): nothing is read until it is resumed")
        }
        return try await pool.transaction { session in
            let id = try CatalogStore.enqueue(action, of: mapping, requestedBy: user.email, in: session)
            try CatalogStore.audit(
                connection.id, actor: user.email, action: "mapping.\(action.rawValue)",
                details: ["object_name": .string(mapping.objectName), "job": .integer(id)], in: session)
            return id
        }
    }

    /// Deletes a mapping and calls off its jobs.
    func delete(_ mapping: Mapping, of connection: Connection, by user: User) async throws {
        let jobs = try await queue.live(ofMapping: mapping.id)
        guard try await catalog.deleteMapping(mapping.id) else {
            throw APIError.notFound("there is no mapping \(mapping.id.uuidString.lowercased())")
        }
        try await catalog.audit(
            connection.id, actor: user.email, action: "mapping.delete",
            details: .change(before: mapping.config.document, after: nil, ["object_name": .string(mapping.objectName)]))
        for job in jobs { _ = try await queue.cancel(job) }
        // What was captured of the table ends with the next write.
        _ = try await queue.enqueue([try .write(connection.id, requestedBy: user.email)])
    }
}

extension ConnectionAction {
    fileprivate var participle: String {
        switch self {
        case .pause: "paused"
        case .resume: "resumed"
        case .restart: "restarted"
        }
    }
}
