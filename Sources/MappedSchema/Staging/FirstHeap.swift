package import Foundation
package import Postgres

/// What a first load fills: a table like the mapped one, without triggers and indexes, which take most of a load's time. When every page is in it, it
/// gets them, and takes the mapped table's place in one step, unless somebody has put rows or anything else on that meanwhile: then the heap is merged
/// as any stage is.
package struct FirstHeap: Sendable {
    let table: TableSchema
    let heapName: String
    /// The heap as a stage.
    package let stage: StageTable

    package init(mappingID: UUID, jobID: Int64, _ table: TableSchema) {
        self.table = table
        heapName = StageTable.heapName(mappingID, jobID)
        stage = .ofHeap(mappingID: mappingID, jobID: jobID, table)
    }

    private var target: PostgresQuery { "\(identifier: table.schema, table.table)" }
    private var qualified: String { PostgresText.quoteIdentifier(table.schema) + "." + PostgresText.quoteIdentifier(table.table) }

    /// Makes it. Rows get their `id` from the mapped table's sequence, and are SYNCED without a trigger that says so.
    ///
    /// - Throws: `PostgresError`.
    package func create(in session: PostgresSession) throws {
        try session.run("DROP TABLE IF EXISTS \(fragment: stage.name)")
        try session.run(
            "CREATE TABLE \(fragment: stage.name) (LIKE \(fragment: target) INCLUDING DEFAULTS INCLUDING STORAGE) WITH (autovacuum_enabled = false)"
        )
        try session.run("ALTER TABLE \(fragment: stage.name) ALTER COLUMN _hc_lastop SET DEFAULT 'SYNCED'")
    }

    private var quotedHeap: String {
        PostgresText.quoteIdentifier(TargetMetadata.stagingSchema) + "." + PostgresText.quoteIdentifier(heapName)
    }

    /// Takes the mapped table's place, in the caller's transaction.
    ///
    /// - Returns: false when somebody has put something on the table, or does not let go of it: then nothing has changed.
    /// - Throws: `PostgresError`.
    package func takePlace(in session: PostgresSession) throws -> Bool {
        guard try lock(in: session), try isUntouched(in: session) else { return false }
        let facts = try session.query(
            "SELECT oid::bigint AS oid, relacl IS NOT NULL AS has_rights FROM pg_class WHERE oid = \(qualified)::regclass")[0]
        let oid: Int64 = try facts.decode("oid")
        let rights = try facts.decode("has_rights", as: Bool.self) ? RelationRights.statements(of: oid, for: qualified, in: session) : []
        let sequence: String = try session.query("SELECT pg_get_serial_sequence(\(qualified), 'id') AS name")[0].decode("name")
        try session.run("ALTER SEQUENCE \(raw: sequence) OWNED BY NONE")
        try session.run("DROP TABLE \(fragment: target)")
        try session.run("ALTER TABLE \(fragment: stage.name) SET SCHEMA \(identifier: table.schema)")
        try session.run("ALTER TABLE \(identifier: table.schema, heapName) RENAME TO \(identifier: table.table)")
        try adoptIndexes(in: session)
        try session.run("ALTER SEQUENCE \(raw: sequence) OWNED BY \(identifier: table.schema, table.table, "id")")
        try session.run("ALTER TABLE \(fragment: target) ALTER COLUMN _hc_lastop DROP DEFAULT")
        try session.run("ALTER TABLE \(fragment: target) RESET (autovacuum_enabled)")
        for statement in rights { try session.run(PostgresQuery(sql: statement)) }
        try CaptureTriggers.ensure(table, in: session)
        return true
    }

    /// Whoever reads the table for longer than this keeps it.
    private func lock(in session: PostgresSession) throws -> Bool {
        try session.run("SET LOCAL lock_timeout TO '2s'")
        try session.run("SAVEPOINT sluice_place")
        do {
            try session.run("LOCK TABLE \(fragment: target) IN ACCESS EXCLUSIVE MODE")
        } catch let error as PostgresError where error.sqlState == "55P03" {
            try session.run("ROLLBACK TO SAVEPOINT sluice_place")
            try session.run("SET LOCAL lock_timeout TO 0")
            return false
        }
        try session.run("SET LOCAL lock_timeout TO 0")
        return true
    }

    /// Whether the table is empty, has what was made here and nothing else, and is this role's.
    private func isUntouched(in session: PostgresSession) throws -> Bool {
        guard try MappedRows(of: table).isEmpty(in: session) else { return false }
        let names = CaptureTriggers.names(table.table)
        return try session.query(
            """
            SELECT FROM pg_class t
            WHERE t.oid = \(qualified)::regclass AND t.relkind = 'r' AND NOT t.relrowsecurity AND pg_get_userbyid(t.relowner) = current_user
              AND t.reloptions IS NULL
              AND (SELECT array_agg(attname::text || ' ' || format_type(atttypid, atttypmod) ORDER BY attnum) FROM pg_attribute
                   WHERE attrelid = t.oid AND attnum > 0)
                  = (SELECT array_agg(attname::text || ' ' || format_type(atttypid, atttypmod) ORDER BY attnum) FROM pg_attribute
                     WHERE attrelid = \(quotedHeap)::regclass AND attnum > 0)
              AND NOT EXISTS (SELECT FROM pg_description WHERE classoid = 'pg_class'::regclass AND objoid = t.oid)
              AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = t.oid AND attacl IS NOT NULL)
              AND NOT EXISTS (
                SELECT FROM pg_depend d
                WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid
                  AND NOT (d.classid = 'pg_type'::regclass
                    OR d.classid = 'pg_attrdef'::regclass AND d.refobjsubid = (SELECT attnum FROM pg_attribute WHERE attrelid = t.oid AND attname = 'id')
                    OR d.classid = 'pg_constraint'::regclass AND EXISTS (SELECT FROM pg_constraint WHERE oid = d.objid AND contype IN ('p', 'n'))
                    OR d.classid = 'pg_trigger'::regclass
                       AND EXISTS (SELECT FROM pg_trigger WHERE oid = d.objid AND tgname IN (\(names.logTrigger), \(names.statusTrigger)))
                    OR d.classid = 'pg_class'::regclass AND EXISTS (
                        SELECT FROM pg_class c WHERE c.oid = d.objid
                          AND (c.relkind IN ('t', 'S') OR c.relkind = 'i' AND c.relname = ANY (\(indexNames)::text[])))))
            """
        ).count == 1
    }

    private var indexNames: [String] { indexes.map(\.finalName) }
}
