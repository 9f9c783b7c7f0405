import Catalog
import SchemaInspection

/// What the facts of one mapped table mean.
struct MappedTableRules: Sendable {
    static let tableRule = DiagnosisRule("TABLE_MUST_EXIST", "Table")
    static let triggerRule = DiagnosisRule("TRIGGERS_MUST_BE_OURS", "Triggers")
    static let indexRule = DiagnosisRule("INDEXES_MUST_EXIST", "Indexes")
    static let uniqueRule = DiagnosisRule("UNIQUE_IDENTIFIER_MUST_BE_UNIQUE", "Unique Identifier")
    static let writerRule = DiagnosisRule("WRITERS_MUST_HAVE_RIGHTS", "Rights of Other Roles")
    static let idRule = DiagnosisRule("ROW_IDS_MUST_LAST", "Row Ids")
    static let vacuumRule = DiagnosisRule("TABLE_MUST_BE_VACUUMED", "Table Autovacuum")
    static let rightsRule = DiagnosisRule("ROLE_MUST_HAVE_RIGHTS_ON_TABLE", "Rights of Sluice's Role")

    let facts: MappedTableFacts
    let schema: MappedSchemaFacts
    let bounds: SchemaBounds

    private var mapping: String { facts.objectName }
    private var table: String { "\(schema.schema).\(facts.table)" }

    var findings: [Finding] {
        guard facts.exists else {
            return [Self.tableRule.error("The table \(table) is not there", remedy: "reload the mapping, which makes it", mapping: mapping)]
        }
        return [columns, triggers, indexes, unique, writers, ids, autovacuum, rights]
    }

    private var columns: Finding {
        if facts.missingColumns.isEmpty { return Self.tableRule.pass("The table has all columns of the mapping", mapping: mapping) }
        return Self.tableRule.error(
            "The table \(table) lacks the columns \(facts.missingColumns.joined(separator: ", "))",
            remedy: "reload the mapping, which adds them",
            mapping: mapping)
    }

    private var triggers: Finding {
        if facts.triggers.isEmpty { return Self.triggerRule.pass("Both triggers are as they were made", mapping: mapping) }
        let texts = facts.triggers.map { fault in
            switch fault.kind {
            case .missing: "\(fault.name) is missing"
            case .disabled: "\(fault.name) is disabled"
            case .redefined: "\(fault.name) was defined anew with other events, another condition or another function"
            case .otherFunction: "the function of \(fault.name) was altered, or is another version's"
            }
        }
        let disabled = facts.triggers.filter { $0.kind == .disabled }.map { "ALTER TABLE \(table) ENABLE TRIGGER \($0.name)" }
        let redefined = facts.triggers.filter { $0.kind == .redefined }.map { "DROP TRIGGER \($0.name) ON \(table)" }
        let reload =
            facts.triggers.contains { $0.kind != .disabled }
            ? ["reload the mapping, which makes what is missing and replaces the function"] : []
        let remedy = (disabled + redefined + reload).joined(separator: ", then ")
        let effect = facts.isWritable ? "changes may not be captured" : "changes may not be recorded"
        let message = "\(texts.joined(separator: "; ")): \(effect)"
        return facts.triggers.allSatisfy { $0.kind == .otherFunction }
            ? Self.triggerRule.warning(message, remedy: remedy, mapping: mapping)
            : Self.triggerRule.error(message, remedy: remedy, mapping: mapping)
    }

    /// Those that only make reading and writing fast.
    private var indexes: Finding {
        let missing = facts.missingIndexes.filter { !$0.isUnique }
        if missing.isEmpty { return Self.indexRule.pass("All indexes of the mapping are there", mapping: mapping) }
        let invalid = missing.contains(where: \.isInvalid) ? "drop the invalid one, then " : ""
        return Self.indexRule.warning(
            "The table \(table) has no valid index on \(missing.map(\.column).joined(separator: ", ")): polls and queries read all of it",
            remedy: invalid
                + missing.map { "CREATE INDEX CONCURRENTLY hc_idx_\(facts.table)_\($0.column) ON \(table) (\($0.column))" }.joined(
                    separator: "; ")
                + "; or reload the mapping", mapping: mapping)
    }

    /// Those that keep one record one row.
    private var unique: Finding {
        let missing = facts.missingIndexes.filter(\.isUnique)
        if missing.isEmpty { return Self.uniqueRule.pass("What must be unique is", mapping: mapping) }
        let doubled = missing.filter { $0.hasDuplicates == true }.map(\.column)
        let message =
            doubled.isEmpty
            ? "The table \(table) has no valid unique index on \(missing.map(\.column).joined(separator: ", ")): a record may get two rows"
            : "The table \(table) holds the same value of \(doubled.joined(separator: ", ")) in several rows, and has no valid unique index on it"
        let make = missing.map { "CREATE UNIQUE INDEX hcu_idx_\(facts.table)_\($0.column) ON \(table) (\($0.column))" }.joined(
            separator: "; ")
        return Self.uniqueRule.error(
            message, remedy: doubled.isEmpty ? make : "delete the rows that are too many, then \(make)", mapping: mapping)
    }

    private var writers: Finding {
        if facts.writers.isEmpty { return Self.writerRule.pass("Every role that may change rows may also record it", mapping: mapping) }
        let texts = facts.writers.map { "\($0.role) lacks \($0.lacks.joined(separator: ", "))" }
        let grants = facts.writers.flatMap { writer in writer.lacks.map { "GRANT \($0) TO \(writer.role)" } }
        return Self.writerRule.error(
            "Roles may change rows of \(table) but not do what its triggers do, so that their changes fail: \(texts.joined(separator: "; "))",
            remedy: grants.joined(separator: "; "), mapping: mapping)
    }

    private var ids: Finding {
        guard let lastID = facts.lastID else { return Self.idRule.pass("The table's ids are wide enough", mapping: mapping) }
        return Self.idRule.judge(
            Double(lastID), warnFrom: Double(bounds.idWarning), failFrom: Double(bounds.idError),
            "The table has given out the id \(lastID) of at most 2147483647",
            remedy: "map the object into a new schema, whose ids begin at 1, and switch applications over", mapping: mapping)
    }

    private var autovacuum: Finding {
        if !facts.withoutAutovacuum { return Self.vacuumRule.pass("Autovacuum looks after the table", mapping: mapping) }
        return Self.vacuumRule.warning(
            "Autovacuum is switched off for \(table): it grows with every change",
            remedy: "ALTER TABLE \(table) RESET (autovacuum_enabled)",
            mapping: mapping)
    }

    private var rights: Finding {
        if facts.missingRights.isEmpty { return Self.rightsRule.pass("Sluice's role may do what it has to", mapping: mapping) }
        return Self.rightsRule.error(
            "The role \(schema.role) lacks \(facts.missingRights.joined(separator: ", ")) on \(table)",
            remedy: facts.missingRights == ["ownership"]
                ? "ALTER TABLE \(table) OWNER TO \(schema.role)" : "grant it, as the table's owner",
            mapping: mapping)
    }
}
