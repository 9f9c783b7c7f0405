public import Foundation
public import Postgres
public import Secrets

extension CatalogStore {
    /// A connection.
    ///
    /// - Throws: `PostgresError`, `CatalogError`.
    public func connection(_ id: UUID) async throws -> Connection? {
        try await pool.withSession { try Self.connection(id, in: $0) }
    }

    /// A connection, read in the caller's transaction.
    ///
    /// - Throws: `PostgresError`, `CatalogError`.
    public static func connection(_ id: UUID, in session: PostgresSession) throws -> Connection? {
        try session.query(.prepared("SELECT * FROM sluice.connections WHERE id = \(id)")).first.map(Connection.init(row:))
    }

    /// The connection that a person means: by id, resource name or name.
    ///
    /// - Throws: `CatalogError` with code `.notFound`, or `.conflict` when the name fits several; `PostgresError`.
    public func connection(named reference: String) async throws -> Connection {
        let rows = try await pool.query(
            "SELECT * FROM sluice.connections WHERE id::text = lower(\(reference)) OR resource_name = \(reference) OR name = \(reference) ORDER BY created_at"
        )
        guard let first = rows.first else { throw CatalogError(code: .notFound, message: "there is no connection \(reference)") }
        guard rows.count == 1 else {
            throw CatalogError(
                code: .conflict, message: "\(rows.count) connections are called \(reference): name one by its id or resource name")
        }
        return try Connection(row: first)
    }

    /// All connections, or those of an app given by name or id, oldest first.
    ///
    /// - Throws: `PostgresError`, `CatalogError`.
    public func connections(app: String? = nil) async throws -> [Connection] {
        try await pool.query(
            .prepared(
                """
                SELECT * FROM sluice.connections
                WHERE \(app)::text IS NULL OR app_name = \(app) OR app_id::text = lower(\(app))
                ORDER BY internal_id
                """)
        ).map(Connection.init(row:))
    }

    /// The connections that a user may see, oldest first; of one app, given by name or id, when named.
    ///
    /// - Throws: `PostgresError`, `CatalogError`.
    public func connections(visibleTo user: User, app: String? = nil) async throws -> [Connection] {
        try await pool.query(
            .prepared(
                """
                SELECT c.* FROM sluice.connections c
                WHERE (\(user.isAdministrator) OR c.app_name = ANY (\(user.apps)::text[]) OR c.id = ANY (\(Array(user.connectionRoles.keys))::uuid[]))
                AND (\(app)::text IS NULL OR c.app_name = \(app) OR c.app_id::text = lower(\(app)))
                ORDER BY c.internal_id
                """)
        ).map(Connection.init(row:))
    }

    /// Makes a connection, waiting for its Salesforce authorization. Only operators make connections, so this also lets the app use the
    /// variable that holds the address.
    ///
    /// - Throws: `CatalogError` with code `.conflict` when another connection already owns that schema of that database.
    public func createConnection(_ new: NewConnection, sealingKey: SealingKey) async throws -> Connection {
        let id = UUID()
        let (dbKey, sealed): (String?, String?) =
            switch new.target {
            case .key(let key): (key, nil)
            case .url(let url): (nil, try sealingKey.seal(Array(url.utf8), context: ConnectionAddress.context(id)))
            }
        return try await pool.transaction { session in
            if let dbKey { try Self.allowDatabase(app: new.appName, key: dbKey, in: session) }
            try Self.claimSchema(dbKey: dbKey, schemaName: new.schemaName, except: id, in: session)
            for attempt in 1... {
                // An app's id follows from its name, so that every connection of the app tells the same one.
                let rows = try session.query(
                    """
                    INSERT INTO sluice.connections (id, name, app_name, app_id, resource_name, db_key, database_url_sealed, schema_name)
                    VALUES (\(id), \(new.name ?? new.defaultName), \(new.appName), md5('sluice.app:' || \(new.appName))::uuid, \(ResourceName.random()),
                        \(dbKey), \(sealed), \(new.schemaName))
                    ON CONFLICT (resource_name) DO NOTHING
                    RETURNING *
                    """)
                if let row = rows.first { return try Connection(row: row) }
                guard attempt < 20 else { break }
            }
            throw CatalogError(code: .conflict, message: "no free resource name was found")
        }
    }

    /// Changes what a person may change of a connection; nil leaves a value as it is.
    ///
    /// - Throws: `CatalogError` with code `.invalid`, `.notFound` or `.conflict`; `PostgresError`.
    public func changeConnection(
        _ id: UUID, name: String?, schemaName: String?, dbKey: String?, features: [String: Bool] = [:]
    ) async throws -> Connection {
        let name = try name.map(ConnectionRules.name)
        let schemaName = try schemaName.map(ConnectionRules.schemaName)
        let dbKey = try dbKey.map(ConnectionRules.dbKey)
        return try await pool.transaction { session in
            guard
                let old = try session.query("SELECT * FROM sluice.connections WHERE id = \(id) FOR UPDATE").first.map(Connection.init(row:))
            else {
                throw CatalogError(code: .notFound, message: "there is no connection \(id.uuidString.lowercased())")
            }
            if let dbKey { try Self.requireDatabase(dbKey, app: old.appName, in: session) }
            let switches = try old.features.changed(by: features).switches
            let moves = (schemaName ?? old.schemaName) != old.schemaName || (dbKey ?? old.dbKey) != old.dbKey
            if moves {
                // Tables do not move: what is mapped stays in the place where it was loaded.
                guard try session.query("SELECT FROM sluice.mappings WHERE connection_id = \(id) LIMIT 1").isEmpty else {
                    throw CatalogError(
                        code: .conflict, message: "the connection has mappings: delete them before its database or schema changes")
                }
                try Self.claimSchema(
                    dbKey: dbKey ?? old.dbKey, schemaName: schemaName ?? old.schemaName, except: id, toldTo: old.appName, in: session)
            }
            let rows = try session.query(
                """
                UPDATE sluice.connections
                SET name = coalesce(\(name), name), schema_name = coalesce(\(schemaName), schema_name), db_key = coalesce(\(dbKey), db_key),
                    features = \(Self.json(switches))::jsonb,
                    database_url_sealed = CASE WHEN \(dbKey)::text IS NULL THEN database_url_sealed END,
                    state = CASE WHEN state = 'NEW' THEN 'NEED_AUTHENTICATION' ELSE state END
                WHERE id = \(id)
                RETURNING *
                """)
            return try Connection(row: rows[0])
        }
    }

    private static func json(_ switches: [String: Bool]) -> String {
        JSONValue.object(switches.sorted { $0.key < $1.key }.map { .init($0.key, .bool($0.value)) }).text
    }

    /// Refuses a schema that another connection already owns. Sealed addresses cannot be compared; those are told apart by `_hcmeta`.
    ///
    /// - Parameter app: whose users read the refusal, which names no other app's connection; nil is an operator.
    private static func claimSchema(
        dbKey: String?, schemaName: String, except id: UUID, toldTo app: String? = nil, in session: PostgresSession
    ) throws {
        guard let dbKey else { return }
        try session.run("SELECT pg_advisory_xact_lock(hashtextextended('sluice.connections', 0))")
        let owner = try session.query(
            "SELECT name, app_name FROM sluice.connections WHERE db_key = \(dbKey) AND schema_name = \(schemaName) AND id <> \(id) LIMIT 1")
        if let owner = owner.first {
            let isTold = try app == nil || app == owner.decode("app_name", as: String.self)
            let name = isTold ? "the connection \(try owner.decode("name", as: String.self))" : "another connection"
            throw CatalogError(code: .conflict, message: "the schema \(schemaName) at \(dbKey) already belongs to \(name)")
        }
    }
}
