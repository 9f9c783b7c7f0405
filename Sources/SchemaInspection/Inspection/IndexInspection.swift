import MappedSchema
import Postgres

/// Looks for the indexes that mappings ask for: on `sfid`, on what the configuration names, and unique on the upsert field.
struct IndexInspection: Sendable {
    /// An index on one column, over all rows.
    struct Found: Sendable, Equatable {
        let column: String
        let isUnique: Bool
        let isValid: Bool
    }

    let schema: String

    func look(_ tables: [TableSchema], in session: PostgresSession) throws -> [String: [MissingIndex]] {
        let rows = try session.query(
            """
            SELECT c.relname::text AS table_name, a.attname::text AS column_name, x.indisunique AS is_unique, x.indisvalid AS is_valid
            FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.indkey[0]
            WHERE n.nspname = \(schema) AND c.relname = ANY (\(tables.map(\.table))::text[]) AND x.indnkeyatts = 1 AND x.indpred IS NULL
            """, timeout: InspectionPatience.query)
        var found: [String: [Found]] = [:]
        for row in rows {
            found[try row.decode("table_name"), default: []].append(
                Found(column: try row.decode("column_name"), isUnique: try row.decode("is_unique"), isValid: try row.decode("is_valid")))
        }
        var missing: [String: [MissingIndex]] = [:]
        for table in tables {
            missing[table.table] = try Self.missing(table, found[table.table] ?? []).map { index in
                guard index.isUnique, table.columns.contains(where: { $0.name == index.column }) else { return index }
                return MissingIndex(
                    column: index.column, isUnique: true, isInvalid: index.isInvalid,
                    hasDuplicates: try hasDuplicates(table.table, index.column, in: session))
            }
        }
        return missing
    }

    /// What a table lacks.
    static func missing(_ table: TableSchema, _ found: [Found]) -> [MissingIndex] {
        var wanted = [TableIndex(column: "sfid", isUnique: true)] + table.indexes.filter { $0.column != "sfid" }
        if let column = table.upsertColumn, !wanted.contains(where: { $0.column == column && $0.isUnique }) {
            wanted.removeAll { $0.column == column }
            wanted.append(TableIndex(column: column, isUnique: true))
        }
        return wanted.compactMap { index in
            let fitting = found.filter { $0.column == index.column && ($0.isUnique || !index.isUnique) }
            if fitting.contains(where: \.isValid) { return nil }
            return MissingIndex(column: index.column, isUnique: index.isUnique, isInvalid: !fitting.isEmpty)
        }
    }

    /// Nil when it would take too long to find out.
    private func hasDuplicates(_ table: String, _ column: String, in session: PostgresSession) throws -> Bool? {
        do {
            return try !session.query(
                """
                SELECT FROM \(identifier: schema, table) WHERE \(identifier: column) IS NOT NULL GROUP BY \(identifier: column) HAVING count(*) > 1 LIMIT 1
                """, timeout: .seconds(5)
            ).isEmpty
        } catch let error as PostgresError where error.code != .closed {
            return nil
        }
    }
}
