package import MappedSchema
package import Postgres

/// Whether a mapped table is still the one that its mapping reads into: one query, before each poll.
package struct MappedTableLook: Sendable, Equatable {
    package let exists: Bool
    /// The table that has the name of its primary key, where it is not there: what it was renamed to.
    package var renamedTo: String?
    /// Mapped columns that are not there any more.
    package let missingColumns: [String]
    /// Whether it holds no row; false where it is not there.
    package let isEmpty: Bool
    /// Triggers of the capture that a table which is written from here lacks, or that are disabled.
    package var silentTriggers: [String] = []

    package init(exists: Bool, renamedTo: String? = nil, missingColumns: [String], isEmpty: Bool, silentTriggers: [String] = []) {
        self.exists = exists
        self.renamedTo = renamedTo
        self.missingColumns = missingColumns
        self.isEmpty = isEmpty
        self.silentTriggers = silentTriggers
    }

    /// - Throws: `PostgresError`.
    package static func look(at table: TableSchema, in session: PostgresSession) throws -> MappedTableLook {
        let wanted = Set(table.columns.map(\.name) + ["id", "sfid", "_hc_lastop", "_hc_err"]).sorted()
        let capture = CaptureTriggers.names(table.table)
        let triggers = table.isWritable ? [capture.logTrigger, capture.statusTrigger] : []
        let row = try session.query(
            .prepared(
                """
                SELECT c.oid IS NOT NULL AS is_there, c.relkind IN ('r', 'p') AS is_table,
                    (SELECT x.indrelid::regclass::text FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_namespace s ON s.oid = i.relnamespace
                     WHERE c.oid IS NULL AND s.nspname = \(table.schema) AND i.relname = ANY (\(["\(table.table)_pkey"].flatMap { [BoundName.of($0), BoundName.cut($0)] })::text[]) LIMIT 1) AS renamed_to,
                    ARRAY (
                        SELECT w FROM unnest(\(wanted)::text[]) AS w
                        WHERE NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = w AND a.attnum > 0 AND NOT a.attisdropped)
                        ORDER BY w
                    ) AS missing,
                    ARRAY (
                        SELECT w FROM unnest(\(triggers)::text[]) AS w
                        WHERE NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = w AND t.tgenabled IN ('O', 'A'))
                        ORDER BY w
                    ) AS silent
                FROM (SELECT) AS one
                LEFT JOIN (pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace) ON n.nspname = \(table.schema) AND c.relname = \(table.table)
                """))[0]
        let exists: Bool = try row.decode("is_there")
        guard exists else {
            return MappedTableLook(exists: false, renamedTo: try row.decodeIfPresent("renamed_to"), missingColumns: [], isEmpty: false)
        }
        // What stands in a table's place (a view, say) answers for itself when it is written to.
        guard try row.decode("is_table") else { return MappedTableLook(exists: true, missingColumns: [], isEmpty: false) }
        let isEmpty = try MappedRows(of: table).isEmpty(in: session)
        return MappedTableLook(
            exists: true, missingColumns: try row.decode("missing"), isEmpty: isEmpty, silentTriggers: try row.decode("silent"))
    }
}
