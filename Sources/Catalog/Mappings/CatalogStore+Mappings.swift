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

    /// Whether the table needs columns, indexes or triggers that it did not have, or the other way round.
    ///
    /// - Parameter config: the configuration after the change.
    func altersTable(of config: MappingConfig) -> Bool {
        guard case .changed(let previous) = self else { return false }
        return !config.addedFields(since: previous).isEmpty || !previous.addedFields(since: config).isEmpty
            || config.access != previous.access
            || config.options.columnTypes != previous.options.columnTypes || config.upsertField != previous.upsertField
            || Set(config.indexes) != Set(previous.indexes)
    }

    /// Why the mapping needs a load afterwards; nil when it needs none, as after a change of its polling alone. Who applies a configuration
    /// to a mapping that failed wants it tried again.
    public func load(of mapping: Mapping) -> LoadArgs.Reason? {
        if case .created = self { return .initial }
        // Rows that come and go with a filter are told by a whole reading alone.
        if case .changed(let previous) = self, previous.rowFilter != mapping.config.rowFilter {
            return mapping.watermark == nil ? .initial : .reload
        }
        if altersTable(of: mapping.config) { return .columns }
        return mapping.state.isError ? mapping.watermark == nil ? .initial : .reload : nil
    }
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

    /// A mapping as people name it: by its object's name, or its id; of the connection that is named, where several map the object.
    ///
    /// - Parameter connection: the connection's id, resource name, name or app.
    /// - Throws: `CatalogError` with code `.notFound`, or `.conflict` when several are meant; `PostgresError`.
    public func mapping(named reference: String, of connection: String?) async throws -> Mapping {
        try await pool.withSession { session in
            try Self.refusing {
                try session.query("SELECT * FROM sluice.find_mapping(\(reference), \(connection))").map(Mapping.init(row:))[0]
            }
        }
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

    /// Makes a mapping at the end of the connection's.
    ///
    /// - Returns: nil when the object is mapped already.
    static func insertMapping(
        _ connectionID: UUID, objectName: String, config: MappingConfig, isConfigFirst: Bool = false, in session: PostgresSession
    ) throws -> Mapping? {
        try session.query(
            """
            INSERT INTO sluice.mappings (connection_id, position, object_name, config, access, sf_polling_seconds, upsert_field, config_first)
            SELECT \(connectionID), coalesce(max(position) + 1, 0), \(objectName), \(config.json)::json, \(config.access.rawValue),
                \(config.pollingSeconds)::integer, \(config.upsertField), \(isConfigFirst)
            FROM sluice.mappings WHERE connection_id = \(connectionID)
            ON CONFLICT (connection_id, lower(object_name)) DO NOTHING
            RETURNING *
            """
        ).first.map(Mapping.init(row:))
    }

    /// Makes a mapping, or gives an existing one its new configuration, in the caller's transaction. Revision and time of application
    /// move only when the mapping behaves differently afterwards.
    ///
    /// - Throws: `PostgresError`, `CatalogError`.
    public static func upsertMapping(
        _ connectionID: UUID, objectName: String, config: MappingConfig, isConfigFirst: Bool = false, in session: PostgresSession
    ) throws -> (Mapping, MappingChange) {
        let made = try insertMapping(
            connectionID, objectName: objectName, config: config, isConfigFirst: isConfigFirst, in: session)
        if let made { return (made, .created) }
        let old = try session.query(
            "SELECT * FROM sluice.mappings WHERE connection_id = \(connectionID) AND lower(object_name) = lower(\(objectName)) FOR UPDATE")
        guard let old = try old.first.map(Mapping.init(row:)) else {
            throw CatalogError(code: .conflict, message: "the mapping of \(objectName) was deleted meanwhile")
        }
        return try reconfigure(old, objectName: objectName, config: config, isConfigFirst: isConfigFirst, in: session)
    }

    /// Gives a mapping, whose row the caller has locked, a configuration. The next poll comes no later than the new interval asks.
    static func reconfigure(
        _ old: Mapping, objectName: String, config: MappingConfig, isConfigFirst: Bool, in session: PostgresSession
    ) throws -> (Mapping, MappingChange) {
        let isChanged = config.differs(from: old.config)
        let isSame = !isChanged && config.json == old.config.json && objectName == old.objectName && isConfigFirst == old.isConfigFirst
        if isSame { return (old, .unchanged) }
        let change: MappingChange = isChanged ? .changed(previous: old.config) : .unchanged
        let rows = try session.query(
            """
            UPDATE sluice.mappings
            SET object_name = \(objectName), config = \(config.json)::json, access = \(config.access.rawValue),
                sf_polling_seconds = \(config.pollingSeconds), upsert_field = \(config.upsertField), config_first = \(isConfigFirst),
                next_poll_at = CASE WHEN next_poll_at IS NOT NULL
                    THEN least(next_poll_at, sluice.clock() + \(Duration.seconds(config.pollingSeconds))::interval) END,
                state = CASE WHEN \(change.altersTable(of: config))::boolean AND watermark IS NOT NULL
                    THEN \(MappingState.schemaChanged.rawValue) ELSE state END,
                revision = revision + CASE WHEN \(isChanged)::boolean THEN 1 ELSE 0 END,
                applied_at = CASE WHEN \(isChanged)::boolean THEN sluice.clock() ELSE applied_at END, updated_at = sluice.clock()
            WHERE id = \(old.id)
            RETURNING *
            """)
        return (try Mapping(row: rows[0]), change)
    }

    /// Applies a whole file: its mappings are made or changed and stand in its order; mappings that it does not name stay untouched.
    ///
    /// - Throws: `PostgresError`, `CatalogError`.
    public static func apply(_ file: ExportFile, to connectionID: UUID, in session: PostgresSession) throws -> [(Mapping, MappingChange)] {
        let applied = try file.mappings.map { entry in
            try upsertMapping(
                connectionID, objectName: entry.objectName, config: entry.config, isConfigFirst: entry.isConfigFirst, in: session)
        }
        // Heroku Connect leaves them alone, too, and lets people decide.
        try session.run(
            """
            UPDATE sluice.mappings
            SET orphaned_at = CASE WHEN id = ANY (\(applied.map(\.0.id))::uuid[]) THEN NULL ELSE coalesce(orphaned_at, sluice.clock()) END
            WHERE connection_id = \(connectionID) AND (orphaned_at IS NULL) <> (id = ANY (\(applied.map(\.0.id))::uuid[]))
            """)
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

    /// The names of the objects that mappings map.
    ///
    /// - Throws: `PostgresError`.
    public func objectNames(_ mappings: Set<UUID>) async throws -> [UUID: String] {
        guard !mappings.isEmpty else { return [:] }
        let rows = try await pool.query(
            .prepared("SELECT id, object_name FROM sluice.mappings WHERE id = ANY (\(Array(mappings))::uuid[])"))
        return Dictionary(uniqueKeysWithValues: try rows.map { (try $0.decode("id"), try $0.decode("object_name")) })
    }

    /// Deletes a mapping's record; its table is the sync engine's business.
    ///
    /// - Returns: whether there was one.
    /// - Throws: `PostgresError`.
    public func deleteMapping(_ id: UUID) async throws -> Bool {
        try await pool.run("DELETE FROM sluice.mappings WHERE id = \(id)") == 1
    }
}
