package import Postgres

/// Makes a mapped table, or alters one that exists to what its mapping asks for.
package enum TargetTable {
    /// Brings table and triggers to the shape asked for, and the indexes; those of a new table that only make queries fast are cheaper to make when
    /// its rows are there, while the unique ones keep people from giving one value to two rows before. Columns that the mapping no longer has stay:
    /// dropping data is for people to decide.
    ///
    /// - Parameter secondaryIndexes: whether indexes are made that only make queries fast; making them keeps everybody from writing.
    /// - Throws: `MappedSchemaError` with code `.badConfiguration` when an existing column has another type; `PostgresError`.
    package static func ensure(_ table: TableSchema, secondaryIndexes: Bool = true, in session: PostgresSession) throws -> TableAlteration {
        var alteration = TableAlteration()
        if try TargetMetadata.exists(schema: table.schema, table: table.table, in: session) {
            alteration = try alter(table, in: session)
        } else {
            try create(table, in: session)
            alteration.created = true
        }
        try makeIndex(TableIndex(column: "sfid", isUnique: true), on: table, in: session)
        try ensureIndexes(table, uniqueOnly: alteration.created || !secondaryIndexes, in: session)
        if !alteration.created { try ensureSequence(table, in: session) }
        try CaptureTriggers.ensure(table, in: session)
        return alteration
    }

    private static func create(_ table: TableSchema, in session: PostgresSession) throws {
        let sequence = BoundName.of("\(table.table)_id_seq")
        let mapped = table.columns.filter { $0.name != "sfid" }.map { "\(PostgresText.quoteIdentifier($0.name)) \($0.type.sql)" }
        let columns =
            mapped + [
                #"sfid character varying(18) COLLATE "ucs_basic""#,
                "id integer NOT NULL DEFAULT nextval(\(PostgresText.quoteLiteral(quoted(table.schema, sequence))))",
                "_hc_lastop character varying(32)",
                "_hc_err text",
            ]
        try session.run("CREATE SEQUENCE \(identifier: table.schema, sequence) AS integer")
        try session.run(
            """
            CREATE TABLE \(identifier: table.schema, table.table) (
                \(raw: columns.joined(separator: ",\n    ")),
                CONSTRAINT \(identifier: BoundName.of("\(table.table)_pkey")) PRIMARY KEY (id)
            )
            """)
        try session.run("ALTER SEQUENCE \(identifier: table.schema, sequence) OWNED BY \(identifier: table.schema, table.table, "id")")
    }

    private static func alter(_ table: TableSchema, in session: PostgresSession) throws -> TableAlteration {
        var alteration = TableAlteration()
        let rows = try session.query(
            """
            SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = \(table.schema) AND c.relname = \(table.table) AND a.attnum > 0 AND NOT a.attisdropped
            """)
        var existing: [String: String] = [:]
        for row in rows { existing[try row.decode("name")] = try row.decode("type", as: String.self) }
        for required in ["id", "sfid", "_hc_lastop", "_hc_err"] where existing[required] == nil {
            throw MappedSchemaError(
                code: .badConfiguration,
                message: "the table \(table.qualifiedName) exists but has no column \(required): it is not a mapped table")
        }
        for column in table.columns where column.name != "sfid" {
            guard let type = existing[column.name] else {
                try session.run(
                    "ALTER TABLE \(identifier: table.schema, table.table) ADD COLUMN \(identifier: column.name) \(raw: column.type.sql)")
                alteration.addedColumns.append(column.name)
                continue
            }
            let present = ColumnType(sql: type)
            if let present, present.holds(column.type) { continue }
            guard let present, present.canWiden(to: column.type) else {
                throw MappedSchemaError(
                    code: .badConfiguration,
                    message:
                        "the column \(table.qualifiedName).\(column.name) is \(type), but the field \(column.field) needs \(column.type.sql)"
                )
            }
            try widen(column, from: present, of: table, in: session)
            alteration.widenedColumns.append(column.name)
        }
        return alteration
    }

    private static func widen(_ column: MappedColumn, from present: ColumnType, of table: TableSchema, in session: PostgresSession) throws {
        let views = try DependentViews(onColumn: column.name, of: table, in: session)
        let widening: PostgresQuery =
            "ALTER TABLE \(identifier: table.schema, table.table) ALTER COLUMN \(identifier: column.name) TYPE \(raw: column.type.alteration(of: column.name, from: present))"
        do {
            try views.setAside(in: session) { try session.run(widening, timeout: .seconds(3600)) }
        } catch let error as PostgresError where ["42501", "2BP01", "0A000"].contains(error.sqlState ?? "") {
            let known = views.names.isEmpty ? "" : ": \(views.names.joined(separator: ", "))"
            throw MappedSchemaError(
                code: .badConfiguration,
                message:
                    "the column \(table.qualifiedName).\(column.name) must become \(column.type.sql), and what stands on it cannot be made anew by this role\(known). Drop these, run \(widening.sql), make them again, and reload the mapping or wait for its next poll. Postgres said: \(error)"
            )
        }
    }

    /// Makes the indexes that the mapping asks for and the table lacks.
    ///
    /// - Throws: `PostgresError`.
    package static func ensureIndexes(_ table: TableSchema, uniqueOnly: Bool = false, in session: PostgresSession) throws {
        for index in table.indexes where index.column != "sfid" && (index.isUnique || !uniqueOnly) {
            try makeIndex(index, on: table, in: session)
        }
    }

    /// A restored table's sequence may lie behind its rows: new ones would then meet ids that are taken.
    private static func ensureSequence(_ table: TableSchema, in session: PostgresSession) throws {
        try session.run(
            """
            SELECT setval(s.name, m.highest)
            FROM (SELECT pg_get_serial_sequence(\(quoted(table.schema, table.table)), 'id')::regclass AS name) AS s,
                 (SELECT max(id) AS highest FROM \(identifier: table.schema, table.table)) AS m
            WHERE s.name IS NOT NULL AND m.highest > coalesce(pg_sequence_last_value(s.name), 0)
            """, timeout: .seconds(600))
    }

    private static func makeIndex(_ index: TableIndex, on table: TableSchema, in session: PostgresSession) throws {
        let name = name(of: index, on: table)
        try session.run(
            """
            CREATE \(raw: index.isUnique ? "UNIQUE INDEX" : "INDEX") IF NOT EXISTS \(identifier: name)
            ON \(identifier: table.schema, table.table) (\(identifier: index.column))
            """, timeout: .seconds(3600))
    }

    /// An index's name, as Postgres keeps it.
    package static func name(of index: TableIndex, on table: TableSchema) -> String {
        BoundName.of("\(index.isUnique ? "hcu" : "hc")_idx_\(table.table)_\(index.column)")
    }

    /// Makes an index of the mapping while others write; outside of a transaction.
    ///
    /// - Throws: `PostgresError`; then the index is not there.
    package static func makeIndexConcurrently(_ name: String, of table: TableSchema, in session: PostgresSession) throws {
        guard let index = table.indexes.first(where: { self.name(of: $0, on: table) == name }) else { return }
        do {
            try session.run(
                "CREATE INDEX CONCURRENTLY IF NOT EXISTS \(identifier: name) ON \(identifier: table.schema, table.table) (\(identifier: index.column))",
                timeout: .seconds(3600))
        } catch {
            // One that broke off stays, and would never be used.
            _ = try? session.run("DROP INDEX CONCURRENTLY IF EXISTS \(identifier: table.schema, name)", timeout: .seconds(60))
            throw error
        }
    }

    /// Older schemas of Heroku Connect keep no more than 1,024 characters of an error.
    package static func widenErrors(_ table: TableSchema, in session: PostgresSession) throws {
        let narrow = try session.query(
            """
            SELECT FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = \(table.schema) AND c.relname = \(table.table) AND a.attname = '_hc_err' AND a.atttypid = 'varchar'::regtype AND a.atttypmod > 0
            """)
        guard !narrow.isEmpty else { return }
        try session.run("ALTER TABLE \(identifier: table.schema, table.table) ALTER COLUMN _hc_err TYPE text")
    }

    private static func quoted(_ schema: String, _ name: String) -> String {
        PostgresText.quoteIdentifier(schema) + "." + PostgresText.quoteIdentifier(name)
    }
}
