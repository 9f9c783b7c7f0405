public import Catalog
public import Foundation
import JobQueue
import Postgres

extension CatalogStore {
    /// Takes the right to listen for one connection that has accelerated mappings and that nobody listens for.
    ///
    /// - Parameters:
    ///   - worker: the process's name, for people.
    ///   - excluding: connections that this process does not serve.
    /// - Throws: `PostgresError`.
    public func claimStream(worker: String, lease: Duration, excluding: Set<UUID>) async throws -> StreamLease? {
        try await pool.transaction { session in
            try session.run(
                .prepared(
                    """
                    INSERT INTO sluice.streams (connection_id)
                    SELECT DISTINCT m.connection_id FROM sluice.mappings m
                    WHERE m.config->>'sf_notify_enabled' = 'true' AND NOT EXISTS (SELECT FROM sluice.streams s WHERE s.connection_id = m.connection_id)
                    ON CONFLICT DO NOTHING
                    """))
            return try session.query(
                .prepared(
                    """
                    UPDATE sluice.streams SET worker = \(worker), lease_token = gen_random_uuid(), lease_expires_at = sluice.clock() + \(lease)::interval
                    WHERE connection_id = (
                        SELECT s.connection_id FROM sluice.streams s JOIN sluice.connections c ON c.id = s.connection_id
                        WHERE s.lease_expires_at < sluice.clock() AND s.next_try_at <= sluice.clock() AND c.credentials_sealed IS NOT NULL
                          AND c.state = ANY (\(ConnectionState.allCases.filter(\.allowsSync).map(\.rawValue))::text[])
                          AND s.connection_id <> ALL (\(Array(excluding))::uuid[])
                          AND EXISTS (SELECT FROM sluice.mappings m WHERE m.connection_id = c.id AND m.config->>'sf_notify_enabled' = 'true')
                        ORDER BY s.next_try_at LIMIT 1 FOR NO KEY UPDATE OF s SKIP LOCKED
                    )
                    RETURNING connection_id, lease_token, attempts
                    """)
            ).first.map(StreamLease.init(row:))
        }
    }

    /// Keeps the right for longer.
    ///
    /// - Returns: false when it was lost.
    /// - Throws: `PostgresError`.
    public func renewStream(_ lease: StreamLease, for duration: Duration) async throws -> Bool {
        try await pool.run(
            """
            UPDATE sluice.streams SET lease_expires_at = sluice.clock() + \(duration)::interval
            WHERE connection_id = \(lease.connectionID) AND lease_token = \(lease.token)
            """) == 1
    }

    /// Gives the right back. With a failure, nobody tries again before the pause is over, and the connection's accelerated mappings say so.
    ///
    /// - Throws: `PostgresError`.
    public func releaseStream(_ lease: StreamLease, failure: String? = nil, pause: Duration = .zero) async throws {
        try await pool.transaction { session in
            let released = try session.run(
                """
                UPDATE sluice.streams
                SET lease_token = NULL, worker = NULL, lease_expires_at = '-infinity', next_try_at = sluice.clock() + \(pause)::interval,
                    state = CASE WHEN \(failure)::text IS NULL THEN 'waiting' ELSE 'resting' END, description = \(failure),
                    attempts = CASE WHEN \(failure)::text IS NULL THEN 0 ELSE attempts + 1 END,
                    since = CASE WHEN state = 'live' THEN sluice.clock() ELSE since END
                WHERE connection_id = \(lease.connectionID) AND lease_token = \(lease.token)
                """)
            guard released == 1, let failure else { return }
            for mapping in try Self.streamedMappings(lease.connectionID, in: session) {
                try Self.tellAcceleration(of: mapping.id, fallsBack: failure, in: session)
            }
        }
    }

    /// Says that the org's events come in again.
    ///
    /// - Throws: `PostgresError`.
    public func markStreamLive(_ lease: StreamLease) async throws -> Bool {
        try await pool.run(
            """
            UPDATE sluice.streams SET state = 'live', description = NULL, attempts = 0, since = CASE WHEN state = 'live' THEN since ELSE sluice.clock() END
            WHERE connection_id = \(lease.connectionID) AND lease_token = \(lease.token)
            """) == 1
    }

    /// The mappings whose events are wanted.
    ///
    /// - Throws: `PostgresError`.
    public func streamedMappings(_ connectionID: UUID) async throws -> [StreamedMapping] {
        try await pool.withSession { try Self.streamedMappings(connectionID, in: $0) }
    }

    private static func streamedMappings(_ connectionID: UUID, in session: PostgresSession) throws -> [StreamedMapping] {
        try session.query(
            .prepared(
                """
                SELECT m.id, m.object_name, h.replay_id
                FROM sluice.mappings m JOIN sluice.connections c ON c.id = m.connection_id LEFT JOIN sluice.stream_channels h ON h.mapping_id = m.id
                WHERE m.connection_id = \(connectionID) AND m.config->>'sf_notify_enabled' = 'true'
                  AND c.state = ANY (\(ConnectionState.allCases.filter(\.allowsSync).map(\.rawValue))::text[])
                ORDER BY m.position, m.internal_id
                """)
        ).map {
            StreamedMapping(
                id: try $0.decode("id"), objectName: try $0.decode("object_name"), replayID: try $0.decodeIfPresent("replay_id"))
        }
    }

    /// Says whether an object's events come in; one that the org refuses says why. A channel that begins anew has missed what came before: a poll
    /// brings that.
    ///
    /// - Throws: `PostgresError`.
    public func noteChannel(of mapping: StreamedMapping, _ lease: StreamLease, refusal: String? = nil, beginsAnew: Bool = false)
        async throws
    {
        try await pool.transaction { session in
            guard try Self.hold(lease, in: session) else { return }
            try session.run(
                """
                INSERT INTO sluice.stream_channels (mapping_id, state, description)
                SELECT id, \(refusal == nil ? "live" : "refused"), \(refusal) FROM sluice.mappings WHERE id = \(mapping.id)
                ON CONFLICT (mapping_id) DO UPDATE
                SET description = excluded.description, since = CASE WHEN stream_channels.state = excluded.state THEN stream_channels.since ELSE sluice.clock() END,
                    state = excluded.state, replay_id = CASE WHEN \(beginsAnew)::boolean THEN NULL ELSE stream_channels.replay_id END
                """)
            try Self.tellAcceleration(of: mapping.id, fallsBack: refusal, in: session)
            if beginsAnew, refusal == nil { try Self.pollSoon(mapping.id, lease.connectionID, in: session) }
        }
    }

    /// Notes the records of an event and the event itself, and has them read.
    ///
    /// - Parameter isWhole: whether the event names all records that changed; otherwise a poll finds them.
    /// - Returns: false when the right to listen was lost.
    /// - Throws: `PostgresError`.
    public func note(
        _ changes: [StreamedChange], isWhole: Bool, until replayID: Int64, of mapping: StreamedMapping, _ lease: StreamLease
    ) async throws -> Bool {
        try await pool.transaction { session in
            guard try Self.hold(lease, in: session) else { return false }
            try session.run(
                .prepared(
                    """
                    INSERT INTO sluice.stream_changes (mapping_id, sfid, is_deleted, replay_id)
                    SELECT m.id, given.sfid, given.is_deleted, given.replay_id
                    FROM sluice.mappings m
                    CROSS JOIN unnest(\(changes.map(\.sfid))::text[], \(changes.map(\.isDeleted))::boolean[], \(changes.map(\.replayID))::bigint[])
                        AS given(sfid, is_deleted, replay_id)
                    WHERE m.id = \(mapping.id) AND m.watermark IS NOT NULL
                    ON CONFLICT (mapping_id, sfid) DO UPDATE SET is_deleted = excluded.is_deleted, replay_id = excluded.replay_id
                    """))
            try session.run(
                .prepared("UPDATE sluice.stream_channels SET replay_id = \(replayID) WHERE mapping_id = \(mapping.id)"))
            if !changes.isEmpty { _ = try JobQueue.enqueue([try .catchUp(mapping.id, connectionID: lease.connectionID)], in: session) }
            if !isWhole { try Self.pollSoon(mapping.id, lease.connectionID, in: session) }
            return true
        }
    }

    private static func hold(_ lease: StreamLease, in session: PostgresSession) throws -> Bool {
        try !session.query(
            .prepared(
                "SELECT FROM sluice.streams WHERE connection_id = \(lease.connectionID) AND lease_token = \(lease.token) FOR NO KEY UPDATE")
        ).isEmpty
    }

    private static func pollSoon(_ mappingID: UUID, _ connectionID: UUID, in session: PostgresSession) throws {
        _ = try JobQueue.enqueueOrBringForward(
            [try .poll(mappingID, connectionID: connectionID, requestedBy: PollArgs.changeEvents)], in: session)
    }

    /// The mapping says that its changes come by polls only, and why; or no longer.
    private static func tellAcceleration(of mappingID: UUID, fallsBack reason: String?, in session: PostgresSession) throws {
        guard let reason else {
            let quieted = try session.run(
                "DELETE FROM sluice.mapping_troubles WHERE mapping_id = \(mappingID) AND source = \(JobKind.catchUp.rawValue)")
            guard quieted > 0 else { return }
            try session.run("UPDATE sluice.mappings SET state_description = \(fragment: troubleDescription) WHERE id = \(mappingID)")
            return
        }
        try record(
            MappingTrouble(
                source: .catchUp, state: nil, reason: "accelerated polling (sf_notify_enabled) rests, and polls go on: \(reason)",
                cause: "change events"),
            of: mappingID, in: session)
    }
}
