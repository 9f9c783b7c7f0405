public import Catalog
public import Foundation
public import JobQueue
import Postgres

/// Arguments of a `write_lane` job.
public struct WriteLaneArgs: Codable, Sendable, Hashable {
    /// The mapped tables that it writes, in the order of their names.
    public let tables: [String]

    /// Arguments.
    public init(tables: [String]) {
        self.tables = tables
    }
}

// The jobs of a connection whose tables are written at the same time.
extension CatalogStore {
    /// What only one job at a time writes: by its first table.
    public static func laneKey(_ connectionID: UUID, _ tables: [String]) -> String {
        "write:\(connectionID.uuidString.lowercased()):\(tables.first ?? "")"
    }

    /// The tables of the lanes that have a job, running or waiting.
    ///
    /// - Throws: `PostgresError`; `DecodingError`.
    public func liveLanes(of connectionID: UUID) async throws -> [[String]] {
        try await JobQueue(pool: pool).liveArguments(kind: JobKind.writeLane.rawValue, of: connectionID, as: WriteLaneArgs.self).map(
            \.tables)
    }

    /// Has lanes written. A job that waits to look again is brought forward.
    ///
    /// - Throws: `LeaseLost`; `PostgresError`.
    public func beginLanes(_ lanes: [[String]], of connectionID: UUID, under lease: Lease) async throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let arguments = try lanes.map { String(decoding: try encoder.encode(WriteLaneArgs(tables: $0)), as: UTF8.self) }
        let keys = lanes.map { Self.laneKey(connectionID, $0) }
        try await pool.transaction { session in
            try JobQueue.hold(lease, in: session)
            let source: PostgresQuery =
                """
                SELECT \(JobKind.writeLane.rawValue), \(connectionID)::uuid, NULL::uuid, l.args, 20, l.key, l.key
                FROM unnest(\(arguments)::jsonb[], \(keys)::text[]) AS l(args, key)
                """
            try session.run(
                """
                WITH enqueued AS (\(fragment: JobQueue.enqueueing(source)))
                SELECT pg_notify(\(JobQueue.channel), '') FROM (SELECT count(*) AS jobs FROM enqueued) AS e WHERE e.jobs > 0
                """)
        }
    }
}
