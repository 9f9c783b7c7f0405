package import Foundation
package import Postgres

/// The `id`s of rows whose records were deleted, so that a record which is undeleted comes back as the row it was: people's tables may know it by its
/// `id`. They lie beside the stages, since the mapped schema holds nothing but what Heroku Connect would have made.
package struct DeletedRows: Sendable {
    let table: TableSchema

    /// What is remembered of a table.
    package init(table: TableSchema) {
        self.table = table
    }

    private static let name: PostgresQuery = "\(identifier: TargetMetadata.stagingSchema, "deleted_rows")"
    /// A record stays in the recycle bin for fifteen days, unless the org has another rule.
    private static let retention: PostgresQuery = "interval '31 days'"

    /// Deletes rows of the table, whose alias is `t`, and remembers them. A row whose own insert waits, and that only got the record by its unique
    /// identifier, goes back to wait for one of its own.
    ///
    /// - Parameter stage: staged rows, whose alias is `s`, that the condition speaks of.
    /// - Returns: how many there were.
    /// - Throws: `PostgresError`.
    func delete(using stage: StageTable? = nil, where condition: PostgresQuery, timeout: Duration, in session: PostgresSession) throws
        -> Int
    {
        try Self.ensure(in: session)
        if table.isWritable { try disown(using: stage, where: condition, timeout: timeout, in: session) }
        let using: PostgresQuery = stage.map { "USING \(fragment: $0.name) s" } ?? ""
        return try session.run(
            """
            WITH gone AS (
                DELETE FROM \(identifier: table.schema, table.table) t \(fragment: using) WHERE \(fragment: condition) RETURNING t.sfid, t.id
            )
            INSERT INTO \(fragment: Self.name) AS kept (schema_name, table_name, sfid, id)
            SELECT DISTINCT ON (sfid) \(table.schema), \(table.table), sfid, id FROM gone
            ON CONFLICT (schema_name, table_name, sfid) DO UPDATE SET id = excluded.id, deleted_at = excluded.deleted_at
            """, timeout: timeout)
    }

    private func disown(using stage: StageTable?, where condition: PostgresQuery, timeout: Duration, in session: PostgresSession) throws {
        let target: PostgresQuery = "\(identifier: table.schema, table.table)"
        let isWaiting: PostgresQuery = """
            (own.state = 'NEW' OR own.state = 'PENDING') AND own.table_name = \(table.table) AND own.action = 'INSERT'
            AND strpos(own."values", '"sfid"=>NULL') > 0
            """
        let log: PostgresQuery = "\(identifier: table.schema, "_trigger_log") own"
        // The condition may look at every row of the table.
        guard try !session.query("SELECT FROM \(fragment: log) WHERE \(fragment: isWaiting) LIMIT 1", timeout: timeout).isEmpty else {
            return
        }
        let using: PostgresQuery = stage.map { "FROM \(fragment: $0.name) s" } ?? ""
        let ids = try session.query(
            """
            UPDATE \(fragment: target) t SET sfid = NULL \(fragment: using) WHERE \(fragment: condition) AND EXISTS (
                SELECT FROM \(fragment: log) WHERE \(fragment: isWaiting) AND own.record_id = t.id
            ) RETURNING t.id
            """, timeout: timeout
        ).map { try $0.decode("id", as: Int64.self) }
        // The status trigger takes the row for read just now.
        if !ids.isEmpty { try session.run("UPDATE \(fragment: target) SET _hc_lastop = 'PENDING' WHERE id = ANY (\(ids)::bigint[])") }
    }

    /// Remembers rows that were deleted here, now that Salesforce has deleted their records.
    ///
    /// - Throws: `PostgresError`.
    package func remember(_ rows: [(sfid: String, id: Int64)], in session: PostgresSession) throws {
        if rows.isEmpty { return }
        try Self.ensure(in: session)
        try session.run(
            """
            INSERT INTO \(fragment: Self.name) AS kept (schema_name, table_name, sfid, id)
            SELECT DISTINCT ON (sfid) \(table.schema), \(table.table), sfid, id
            FROM unnest(\(rows.map(\.sfid))::text[], \(rows.map(\.id))::integer[]) AS gone (sfid, id) ORDER BY sfid, id DESC
            ON CONFLICT (schema_name, table_name, sfid) DO UPDATE SET id = excluded.id, deleted_at = excluded.deleted_at
            """)
    }

    /// A query for the records whose rows were deleted since a moment; nil when none ever was.
    ///
    /// - Throws: `PostgresError`.
    package func since(_ moment: Date, in session: PostgresSession) throws -> PostgresQuery? {
        guard try isKept(in: session) else { return nil }
        return """
            SELECT sfid FROM \(fragment: Self.name)
            WHERE schema_name = \(table.schema) AND table_name = \(table.table) AND deleted_at > \(moment)::timestamptz
            """
    }

    private func isKept(in session: PostgresSession) throws -> Bool {
        try session.query("SELECT to_regclass('sluice_staging.deleted_rows') IS NOT NULL AS is_there")[0].decode("is_there")
    }

    /// What brings staged rows back under their `id`s, where they had one that is free.
    struct Remembered {
        /// For the FROM clause: `d.id` is what is remembered of the staged row `s`.
        let join: PostgresQuery
        /// What a new row gets for its `id`.
        let fresh: PostgresQuery
    }

    /// - Parameter stage: rows of which some are to be inserted.
    /// - Returns: nil when none of the rows was there before.
    /// - Throws: `PostgresError`.
    func remembered(of stage: StageTable, in session: PostgresSession) throws -> Remembered? {
        guard try isKept(in: session) else { return nil }
        let join: PostgresQuery = """
            LEFT JOIN \(fragment: Self.name) d
            ON d.schema_name = \(table.schema) AND d.table_name = \(table.table) AND d.sfid = s.sfid
               AND NOT EXISTS (SELECT FROM \(identifier: table.schema, table.table) taken WHERE taken.id = d.id)
            """
        let found = try session.query(
            "SELECT FROM \(fragment: stage.name) s \(fragment: join) WHERE d.id IS NOT NULL LIMIT 1", timeout: .seconds(600))
        guard !found.isEmpty else { return nil }
        let qualified = PostgresText.quoteIdentifier(table.schema) + "." + PostgresText.quoteIdentifier(table.table)
        let fresh = try session.query(
            """
            SELECT pg_get_expr(f.adbin, f.adrelid) AS fresh FROM pg_attrdef f JOIN pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
            WHERE f.adrelid = \(qualified)::regclass AND a.attname = 'id'
            """)
        return try fresh.first.map { Remembered(join: join, fresh: PostgresQuery(sql: try $0.decode("fresh"))) }
    }

    /// Forgets what no undelete can bring back any more.
    ///
    /// - Throws: `PostgresError`.
    private static func ensure(in session: PostgresSession) throws {
        let isMissing: Bool = try session.query("SELECT to_regclass('sluice_staging.deleted_rows') IS NULL AS is_missing")[0].decode(
            "is_missing")
        guard isMissing else {
            try session.run("DELETE FROM \(fragment: name) WHERE deleted_at < now() - \(fragment: retention)")
            return
        }
        // Several workers may find it missing.
        try session.run("SELECT pg_advisory_xact_lock(hashtextextended('sluice.deleted_rows', 0))", timeout: .seconds(120))
        try session.script(
            """
            CREATE TABLE IF NOT EXISTS sluice_staging.deleted_rows (
                schema_name text NOT NULL, table_name text NOT NULL, sfid text NOT NULL, id integer NOT NULL,
                deleted_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (schema_name, table_name, sfid)
            );
            CREATE INDEX IF NOT EXISTS deleted_rows_deleted_at ON sluice_staging.deleted_rows (deleted_at)
            """)
        try TargetMetadata.share(in: session)
    }
}
