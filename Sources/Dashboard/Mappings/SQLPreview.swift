import Catalog
import MappedSchema
import Postgres

/// The SQL that a new or changed mapping brings with it: what the next load does to the table, as `TargetTable` does it.
struct SQLPreview: Sendable, Equatable {
    /// The statements; none when the table stays as it is.
    let statements: [String]
    /// What is worth knowing beside them.
    let notes: [String]

    /// - Parameters:
    ///   - present: the table's shape now; nil when it is to be made.
    ///   - described: the object's fields as the org describes them, by name in lower case.
    init(
        schema: String, table: String, wanted: MappingConfig, present: TableSchema?, described: [String: JSONValue]
    ) {
        let name = "\(PostgresText.quoteIdentifier(schema)).\(PostgresText.quoteIdentifier(table))"
        var columns: [(name: String, type: String)] = []
        var unknown: [String] = []
        for field in wanted.fields where field.lowercased() != "id" {
            let column = SalesforceName.column(ofField: field)
            if let type = described[field.lowercased()]?["column_type"]?.string ?? present?.column(named: column)?.type.sql {
                columns.append((column, type))
            } else {
                unknown.append(field)
            }
        }
        var statements: [String] = []
        var notes =
            unknown.isEmpty ? [] : ["The type of \(unknown.joined(separator: ", ")) is known once Salesforce was asked for its parent."]
        if let present {
            let existing = Set(present.columns.map(\.name))
            for column in columns where !existing.contains(column.name) {
                statements.append("ALTER TABLE \(name) ADD COLUMN \(PostgresText.quoteIdentifier(column.name)) \(column.type);")
            }
            let kept = Set(wanted.fields.map(SalesforceName.column(ofField:)) + ["sfid"])
            let dropped = present.columns.map(\.name).filter { !kept.contains($0) }
            if !dropped.isEmpty {
                notes.append(
                    "\(dropped.joined(separator: ", ")) \(dropped.count == 1 ? "stays" : "stay") in the table and \(dropped.count == 1 ? "is" : "are") not kept up any more."
                )
            }
        } else {
            let sequence = "\(PostgresText.quoteIdentifier(schema)).\(PostgresText.quoteIdentifier("\(table)_id_seq"))"
            let lines =
                columns.map { "    \(PostgresText.quoteIdentifier($0.name)) \($0.type)" } + [
                    #"    sfid character varying(18) COLLATE "ucs_basic""#,
                    "    id integer NOT NULL DEFAULT nextval(\(PostgresText.quoteLiteral(sequence)))",
                    "    _hc_lastop character varying(32)", "    _hc_err text",
                    "    CONSTRAINT \(PostgresText.quoteIdentifier("\(table)_pkey")) PRIMARY KEY (id)",
                ]
            statements.append("CREATE SEQUENCE \(sequence) AS integer;")
            statements.append("CREATE TABLE \(name) (\n\(lines.joined(separator: ",\n"))\n);")
            statements.append("ALTER SEQUENCE \(sequence) OWNED BY \(name).id;")
            statements.append(Self.index("sfid", isUnique: true, schema: schema, table: table))
        }
        let indexed = Set((present?.indexes ?? []).map { "\($0.column) \($0.isUnique)" })
        var wantedIndexes = wanted.indexes.map { (column: SalesforceName.column(ofField: $0.field), isUnique: $0.isUnique) }
        // Made whether it is asked for or not, for it drives polling.
        let stamp = ["systemmodstamp", "lastmodifieddate"].first { name in columns.contains { $0.name == name } }
        if let stamp, !wantedIndexes.contains(where: { $0.column == stamp }) { wantedIndexes.append((stamp, false)) }
        let upsertColumn = wanted.upsertField.map(SalesforceName.column(ofField:))
        for index in wantedIndexes {
            let column = index.column
            guard column != "sfid", column != "id", column != upsertColumn, !indexed.contains("\(column) \(index.isUnique)") else {
                continue
            }
            statements.append(Self.index(column, isUnique: index.isUnique, schema: schema, table: table))
        }
        if let upsertColumn, upsertColumn != present?.upsertColumn {
            statements.append(Self.index(upsertColumn, isUnique: true, schema: schema, table: table))
        }
        if present == nil {
            notes.append("Functions and triggers that capture what applications write come with the table, as Heroku Connect has them.")
        }
        if let present, present.filter != wanted.rowFilter {
            notes.append("All records are read again, for other ones are mapped; rows of those that no longer are leave the table.")
        }
        self.statements = statements
        self.notes = notes
    }

    private static func index(_ column: String, isUnique: Bool, schema: String, table: String) -> String {
        let name = PostgresText.quoteIdentifier("\(isUnique ? "hcu" : "hc")_idx_\(table)_\(column)")
        let target = "\(PostgresText.quoteIdentifier(schema)).\(PostgresText.quoteIdentifier(table))"
        return "CREATE \(isUnique ? "UNIQUE INDEX" : "INDEX") IF NOT EXISTS \(name) ON \(target) (\(PostgresText.quoteIdentifier(column)));"
    }
}
