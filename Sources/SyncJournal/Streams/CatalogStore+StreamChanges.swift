public import Catalog
public import Foundation
import JobQueue
public import Postgres

extension CatalogStore {
    /// What accelerated polling of a connection's mappings is doing; those that do not ask for it are left out.
    ///
    /// - Throws: `PostgresError`.
    public func acceleratedMappings(_ connectionID: UUID) async throws -> [AcceleratedMapping] {
        try await pool.query("SELECT * FROM sluice.accelerated_mappings WHERE connection_id = \(connectionID)").map { row in
            AcceleratedMapping(
                id: try row.decode("mapping_id"), state: try row.decode("state"), description: try row.decodeIfPresent("description"),
                nextTryAt: try row.decodeIfPresent("next_try_at"))
        }
    }

    /// Records of a mapping that events told of and that nobody has read since, the oldest events first.
    ///
    /// - Throws: `PostgresError`.
    public func streamChanges(of mappingID: UUID, limit: Int) async throws -> [StreamedChange] {
        try await pool.query(
            .prepared(
                "SELECT sfid, is_deleted, replay_id FROM sluice.stream_changes WHERE mapping_id = \(mappingID) ORDER BY replay_id, sfid LIMIT \(limit)"
            )
        ).map { StreamedChange(sfid: try $0.decode("sfid"), isDeleted: try $0.decode("is_deleted"), replayID: try $0.decode("replay_id")) }
    }

    /// How many records of a mapping wait to be read, counted up to a limit.
    ///
    /// - Throws: `PostgresError`.
    public func streamChangeCount(of mappingID: UUID, upTo limit: Int) async throws -> Int {
        try await pool.query(
            .prepared(
                "SELECT count(*) AS n FROM (SELECT FROM sluice.stream_changes WHERE mapping_id = \(mappingID) LIMIT \(limit)) AS changes")
        )[0].decode("n")
    }

    /// Forgets records that were read; those of which a later event told since stay.
    ///
    /// - Throws: `PostgresError`.
    public static func forgetStreamChanges(_ changes: [StreamedChange], of mappingID: UUID, in session: PostgresSession) throws {
        try session.run(
            .prepared(
                """
                DELETE FROM sluice.stream_changes c
                USING unnest(\(changes.map(\.sfid))::text[], \(changes.map(\.replayID))::bigint[]) AS read(sfid, replay_id)
                WHERE c.mapping_id = \(mappingID) AND c.sfid = read.sfid AND c.replay_id <= read.replay_id
                """))
    }

    /// Leaves all records of a mapping to a poll, which begins after they became visible.
    ///
    /// - Throws: `PostgresError`.
    public func leaveStreamChangesToPoll(_ mapping: Mapping, polling: Bool = true) async throws {
        try await pool.transaction { session in
            try session.run("DELETE FROM sluice.stream_changes WHERE mapping_id = \(mapping.id)")
            guard polling else { return }
            _ = try JobQueue.enqueueOrBringForward(
                [try .poll(mapping, requestedBy: PollArgs.changeEvents)], joiningBegun: false, in: session)
        }
    }
}
