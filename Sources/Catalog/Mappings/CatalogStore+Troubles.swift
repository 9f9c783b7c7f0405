import ForeignText
public import Foundation
public import Postgres

extension CatalogStore {
    /// Records that a job met trouble: the mapping says so until that kind of job works again. Somebody is notified of what cannot pass at
    /// once and of what passes after the third attempt, and again only when the cause is another.
    ///
    /// A mapping whose polls cannot work is polled again after half a minute at the earliest.
    ///
    /// - Returns: whether it was news; nil when the mapping is gone.
    /// - Throws: `PostgresError`.
    @discardableResult
    public func record(_ trouble: MappingTrouble, of mappingID: UUID) async throws -> Bool? {
        try await pool.transaction { try Self.record(trouble, of: mappingID, in: $0) }
    }

    /// Records trouble in the caller's transaction.
    ///
    /// - Returns: whether it was news; nil when the mapping is gone.
    /// - Throws: `PostgresError`.
    @discardableResult
    public static func record(_ trouble: MappingTrouble, of mappingID: UUID, in session: PostgresSession) throws -> Bool? {
        // Pages of one load fail beside each other.
        guard
            let mapping = try session.query(
                "SELECT connection_id, object_name FROM sluice.mappings WHERE id = \(mappingID) FOR NO KEY UPDATE"
            ).first
        else { return nil }
        let source = trouble.source.rawValue
        let known = try session.query(
            "SELECT notified FROM sluice.mapping_troubles WHERE mapping_id = \(mappingID) AND source = \(source)"
        ).first
        let notified: String? = try known?.decodeIfPresent("notified")
        let isNews = trouble.isNews(notified: notified)
        // Who is in a state that cannot pass leaves it when it works, not when it is tried.
        let description = try session.query(
            """
            INSERT INTO sluice.mapping_troubles (mapping_id, source, state, description, reason, cause, needs_load, notified)
            SELECT \(mappingID), \(source), \(trouble.state?.rawValue),
                CASE WHEN \(trouble.pause)::interval IS NULL THEN \(trouble.reason)
                ELSE format('attempt %s of %s failed: %s; next try at %s', \(trouble.attempt)::int, \(trouble.maxAttempts)::int, \(trouble.reason)::text,
                    to_char((sluice.clock() + \(trouble.pause)::interval) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) END,
                \(trouble.reason), \(trouble.cause), \(trouble.needsLoad), \(isNews ? trouble.notice : notified)
            ON CONFLICT (mapping_id, source) DO UPDATE
            SET state = coalesce(excluded.state, mapping_troubles.state), description = excluded.description, reason = excluded.reason,
                cause = excluded.cause, needs_load = excluded.needs_load, notified = excluded.notified
            RETURNING description
            """)[0].decode("description", as: String.self)
        try session.run(
            """
            UPDATE sluice.mappings
            SET state = coalesce(\(trouble.state?.rawValue), state), state_description = \(fragment: troubleDescription), updated_at = sluice.clock(),
                orphaned_at = CASE WHEN \(trouble.state == .syncRemoved)::boolean THEN coalesce(orphaned_at, sluice.clock()) ELSE orphaned_at END,
                next_poll_at = CASE WHEN next_poll_at IS NOT NULL AND \(trouble.source == .poll && trouble.state != nil)::boolean
                    THEN greatest(next_poll_at, sluice.clock() + interval '30 seconds') ELSE next_poll_at END
            WHERE id = \(mappingID)
            """)
        if isNews {
            let object: String = try mapping.decode("object_name")
            try notify(try mapping.decode("connection_id"), eventType: "mapping-error", message: "\(object): \(description)", in: session)
        }
        return isNews
    }

    /// What stands of one kind of job's trouble; nil when there is none.
    ///
    /// - Throws: `PostgresError`.
    public func trouble(of mappingID: UUID, source: JobKind) async throws -> MappingTrouble? {
        try await pool.query(
            "SELECT state, reason, cause, needs_load FROM sluice.mapping_troubles WHERE mapping_id = \(mappingID) AND source = \(source.rawValue)"
        ).first.map { row in
            MappingTrouble(
                source: source, state: try row.decodeIfPresent("state", as: String.self).flatMap(MappingState.init(rawValue:)),
                reason: try row.decode("reason"), cause: try row.decode("cause"), needsLoad: try row.decode("needs_load"))
        }
    }

    /// Says no longer what one kind of job met as long as trying again could help: it works. What ended in a state ends with the work itself, and so
    /// does the memory of whom was told.
    ///
    /// - Throws: `PostgresError`.
    public func quietTrouble(of mappingID: UUID, source: JobKind) async throws {
        try await pool.transaction { session in
            let quieted = try session.run(
                """
                UPDATE sluice.mapping_troubles SET description = NULL FROM \(fragment: Self.locked(mappingID))
                WHERE mapping_id = locked.id AND source = \(source.rawValue) AND state IS NULL AND description IS NOT NULL
                """)
            guard quieted > 0 else { return }
            try session.run("UPDATE sluice.mappings SET state_description = \(fragment: Self.troubleDescription) WHERE id = \(mappingID)")
        }
    }

    /// Lets a kind of job that ended in a state begin anew: the state is over, what it was about is told until the work is done.
    ///
    /// - Throws: `PostgresError`.
    public static func reopenTrouble(of mappingID: UUID, source: JobKind, in session: PostgresSession) throws {
        try session.run("UPDATE sluice.mapping_troubles SET state = NULL WHERE mapping_id = \(mappingID) AND source = \(source.rawValue)")
    }

    static func solve(_ mappingID: UUID, _ sources: Set<JobKind>, in session: PostgresSession) throws {
        try session.run(
            .prepared(
                """
                WITH gone AS (
                    DELETE FROM sluice.mapping_troubles USING \(fragment: locked(mappingID))
                    WHERE mapping_id = locked.id AND source = ANY (\(sources.map(\.rawValue).sorted())::text[])
                    RETURNING mapping_id, state, since
                )
                UPDATE sluice.mappings m SET orphaned_at = NULL
                FROM gone WHERE m.id = gone.mapping_id AND gone.state = \(MappingState.syncRemoved.rawValue) AND m.orphaned_at >= gone.since
                """))
    }

    /// The mapping's row before those of its troubles, as everywhere: pages of one load come and go beside each other.
    private static func locked(_ mappingID: UUID) -> PostgresQuery {
        "(SELECT id FROM sluice.mappings WHERE id = \(mappingID) FOR NO KEY UPDATE) AS locked"
    }

    /// The state in which troubles leave the row of `sluice.mappings` that a statement is about; NULL when they may pass.
    static let troubleState: PostgresQuery =
        "(SELECT t.state FROM sluice.mapping_troubles t WHERE t.mapping_id = mappings.id AND t.state IS NOT NULL ORDER BY t.source LIMIT 1)"

    /// What troubles say of the row of `sluice.mappings` that a statement is about.
    package static let troubleDescription: PostgresQuery =
        "(SELECT left(string_agg(t.description, '; ' ORDER BY t.source), \(raw: String(String.foreignLimit))) FROM sluice.mapping_troubles t WHERE t.mapping_id = mappings.id)"
}
