import MappedSchema
import Postgres

/// Holds the triggers of mapped tables against what `CaptureTriggers` makes.
struct TriggerInspection: Sendable {
    /// Bits of pg_trigger.tgtype: for each row, before, on insert, on delete, on update (src/include/catalog/pg_trigger.h).
    private static let (row, before, insert, delete, update) = (1, 2, 4, 8, 16)

    /// A trigger as the system's catalog has it.
    struct Found: Sendable, Equatable {
        var type: Int
        var enabled: String
        var function: String
        var functionSchema: String
        var source: String
        var definition: String
        /// Whether it fires for some columns only.
        var isLimited: Bool
    }

    let schema: String

    func look(hstore: String, _ tables: [TableSchema], in session: PostgresSession) throws -> [String: [TriggerFault]] {
        let rows = try session.query(
            """
            SELECT c.relname::text AS table_name, t.tgname::text AS name, t.tgtype::int AS type, t.tgenabled::text AS enabled, p.proname::text AS function,
                f.nspname::text AS function_schema, p.prosrc AS source, pg_get_triggerdef(t.oid) AS definition, t.tgattr::text <> '' AS limited
            FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace f ON f.oid = p.pronamespace
            WHERE n.nspname = \(schema) AND c.relname = ANY (\(tables.map(\.table))::text[]) AND NOT t.tgisinternal
            """, timeout: InspectionPatience.query)
        var found: [String: [String: Found]] = [:]
        for row in rows {
            found[try row.decode("table_name"), default: [:]][try row.decode("name")] = Found(
                type: try row.decode("type"), enabled: try row.decode("enabled"), function: try row.decode("function"),
                functionSchema: try row.decode("function_schema"), source: try row.decode("source"),
                definition: try row.decode("definition"),
                isLimited: try row.decode("limited"))
        }
        return Dictionary(
            tables.map { table in
                (table.table, faults(of: table, source: CaptureTriggers.loggerSource(table, hstore: hstore), found[table.table] ?? [:]))
            }, uniquingKeysWith: { first, _ in first })
    }

    /// What is wrong with a table's two triggers. A status function that users changed is theirs to change (heroku-connect.md 2.5).
    func faults(of table: TableSchema, source: String, _ found: [String: Found]) -> [TriggerFault] {
        let capture = CaptureTriggers.names(table.table)
        return [
            fault(
                capture.logTrigger, found[capture.logTrigger], type: Self.row | Self.insert | Self.delete | Self.update,
                function: capture.logger,
                source: source, condition: "get_xmlbinary"),
            fault(
                capture.statusTrigger, found[capture.statusTrigger], type: Self.row | Self.before | Self.insert | Self.update,
                function: capture.status, source: nil, condition: nil),
        ].compactMap(\.self)
    }

    private func fault(_ name: String, _ found: Found?, type: Int, function: String, source: String?, condition: String?) -> TriggerFault? {
        guard let found else { return TriggerFault(name, .missing) }
        guard found.enabled == "O" || found.enabled == "A" else { return TriggerFault(name, .disabled) }
        let hasCondition = found.definition.contains(" WHEN (")
        let fitsCondition = condition.map { hasCondition && found.definition.contains($0) } ?? !hasCondition
        guard found.type == type, !found.isLimited, found.function == function, found.functionSchema == schema, fitsCondition else {
            return TriggerFault(name, .redefined)
        }
        if let source, found.source != source { return TriggerFault(name, .otherFunction) }
        return nil
    }
}
