public import Foundation
public import Postgres

/// What applying a configuration did to a mapping.
public enum MappingChange: Sendable, Equatable {
    /// It is new.
    case created
    /// Its configuration differs from what it was.
    case changed(previous: MappingConfig)
    /// It stays as it was.
    case unchanged
}

extension CatalogStore {
    /// A mapping.
    ///
    /// - Throws: `PostgresError`, `CatalogError`.
    public func mapping(_ id: UUID) async throws -> Mapping? {
        try await pool.withSession { try Self.mapping(id, in: $0) }
    }

    /// A mapping, read in the caller's transaction.
    ///
    /// - Throws: `PostgresError`, `CatalogError`.
    public static func mapping(_ id: UUID, in session: PostgresSession) throws -> Mapping? {
        try session.query(.prepared("SELECT * FROM sluice.mappings WHERE id = \(id)")).first.map(Mapping.init(row:))
    }

    /// The mapping of an object, whatever the case of its name.
    ///
    /// - Throws: `PostgresError`, `CatalogError`.
    public func mapping(_ connectionID: UUID, object: String) async throws -> Mapping? {
        try await pool.query(
            "SELECT * FROM sluice.mappings WHERE connection_id = \(connectionID) AND lower(object_name) = lower(\(object))"
        )
        .first.map(Mapping.init(row:))
    }

    /// A connection's mappings in the order of its export.
    ///
    /// - Throws: `PostgresError`, `CatalogError`.
    public func mappings(_ connectionID: UUID) async throws -> [Mapping] {
        try await pool.withSession { try Self.mappings(connectionID, in: $0) }
    }

    /// A connection's mappings in the order of its export, read in the caller's transaction.
    ///
    /// - Throws: `PostgresError`, `CatalogError`.
    public static func mappings(_ connectionID: UUID, in session: PostgresSession) throws -> [Mapping] {
        try session.query(.prepared("SELECT * FROM sluice.mappings WHERE connection_id = \(connectionID) ORDER BY position, internal_id"))
            .map(Mapping.init(row:))
    }

    /// The mappings of several connections, each in the order of its export.
    ///
    /// - Throws: `PostgresError`, `CatalogError`.
    public func mappings(connections: [UUID]) async throws -> [Mapping] {
        try await pool.query(
            .prepared(
                "SELECT * FROM sluice.mappings WHERE connection_id = ANY (\(connections)::uuid[]) ORDER BY connection_id, position, internal_id"
            )
        ).map(Mapping.init(row:))
    }

    /// Makes a mapping, or gives an existing one its new configuration.
    ///
    /// - Throws: `PostgresError`, `CatalogError`.
    public func upsertMapping(_ connectionID: UUID, objectName: String, config: MappingConfig) async throws -> (Mapping, MappingChange) {
        try await pool.transaction { try Self.upsertMapping(connectionID, objectName: objectName, config: config, in: $0) }
    }

    /// Makes a mapping, or gives an existing one its new configuration, in the caller's transaction. Revision and time of application
    /// move only when the mapping behaves differently afterwards.
    ///
    /// - Throws: `PostgresError`, `CatalogError`.
    public static func upsertMapping(
        _ connectionID: UUID, objectName: String, config: MappingConfig, in session: PostgresSession
    ) throws -> (Mapping, MappingChange) {
        let inserted = try session.query(
            """
            INSERT INTO sluice.mappings (connection_id, position, object_name, config, access, sf_polling_seconds, upsert_field)
            SELECT \(connectionID), coalesce(max(position) + 1, 0), \(objectName), \(config.json)::json, \(config.access.rawValue),
                \(config.pollingSeconds)::integer, \(config.upsertField)
            FROM sluice.mappings WHERE connection_id = \(connectionID)
            ON CONFLICT (connection_id, lower(object_name)) DO NOTHING
            RETURNING *
            """)
        if let row = inserted.first { return (try Mapping(row: row), .created) }
        let old = try session.query(
            "SELECT * FROM sluice.mappings WHERE connection_id = \(connectionID) AND lower(object_name) = lower(\(objectName)) FOR UPDATE")
        guard let old = try old.first.map(Mapping.init(row:)) else {
            throw CatalogError(code: .conflict, message: "the mapping of \(objectName) was deleted meanwhile")
        }
        let isChanged = config.differs(from: old.config)
        if !isChanged, config.json == old.config.json, objectName == old.objectName { return (old, .unchanged) }
        let rows = try session.query(
            """
            UPDATE sluice.mappings
            SET object_name = \(objectName), config = \(config.json)::json, access = \(config.access.rawValue),
                sf_polling_seconds = \(config.pollingSeconds), upsert_field = \(config.upsertField),
                revision = revision + CASE WHEN \(isChanged)::boolean THEN 1 ELSE 0 END,
                applied_at = CASE WHEN \(isChanged)::boolean THEN sluice.clock() ELSE applied_at END, updated_at = sluice.clock()
            WHERE id = \(old.id)
            RETURNING *
            """)
        return (try Mapping(row: rows[0]), isChanged ? .changed(previous: old.config) : .unchanged)
    }

    /// Applies a whole file: its mappings are made or changed and stand in its order; mappings that it does not name stay untouched.
    ///
    /// - Throws: `PostgresError`, `CatalogError`.
    public static func apply(_ file: ExportFile, to connectionID: UUID, in session: PostgresSession) throws -> [(Mapping, MappingChange)] {
        let applied = try file.mappings.map { entry in
            try upsertMapping(connectionID, objectName: entry.objectName, config: entry.config, in: session)
        }
        // The places that the file's mappings hold are dealt out anew in the file's order; everybody else keeps theirs.
        try session.run(
            """
            UPDATE sluice.mappings m SET position = place.position
            FROM (
                SELECT given.id, (array_agg(existing.position) OVER whole)[given.ordinal] AS position
                FROM unnest(\(applied.map(\.0.id))::uuid[]) WITH ORDINALITY AS given(id, ordinal)
                JOIN sluice.mappings existing ON existing.id = given.id
                WINDOW whole AS (ORDER BY existing.position, existing.internal_id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
            ) place
            WHERE m.id = place.id AND m.position <> place.position
            """)
        return applied
    }

    /// Deletes a mapping's record; its table is the sync engine's business.
    ///
    /// - Returns: whether there was one.
    /// - Throws: `PostgresError`.
    public func deleteMapping(_ id: UUID) async throws -> Bool {
        try await pool.run("DELETE FROM sluice.mappings WHERE id = \(id)") == 1
    }
}
