package import MappedSchema
package import Postgres

/// Brings a schema that Heroku Connect (or anybody with its tables) filled to what a connection's mappings need, without touching a row: what is
/// missing is made, what is there stays, and every alteration is told.
package struct SchemaAdoption: Sendable {
    /// What came of it, or would.
    package struct Outcome: Sendable {
        package var alterations: [SchemaAlteration] = []
        /// By table.
        package var facts: [String: AdoptedTableFacts] = [:]
        /// Columns that hold nothing yet, by table.
        package var emptyColumns: [String: [String]] = [:]
        /// What keeps a table from being adopted, by table.
        package var problems: [String: String] = [:]
        /// What somebody should look at; keeps nothing from being adopted.
        package var warnings: [String] = []
        /// Changes that wait for tables that are not mapped, by table.
        package var strayChanges: [String: Int] = [:]
    }

    /// Shows what it would do, and does not.
    private struct Rehearsal: Error {
        let outcome: Outcome
    }

    let schema: String
    let tables: [TableSchema]
    let ownership: SchemaOwnership

    package init(schema: String, tables: [TableSchema], ownership: SchemaOwnership) {
        self.schema = schema
        self.tables = tables
        self.ownership = ownership
    }

    /// How long a lock is waited for: whoever wants the table next waits behind us.
    private static let lockPatience = "5s"

    /// What would be done. It is done, in one transaction, and undone.
    ///
    /// - Throws: `MappedSchemaError` when the schema is another's; `PostgresError`.
    package func plan(in session: PostgresSession) throws -> Outcome {
        do {
            return try session.transaction { () -> Outcome in
                var outcome = try perform(in: session)
                outcome.alterations += try missingIndexes(in: session)
                throw Rehearsal(outcome: outcome)
            }
        } catch let rehearsal as Rehearsal {
            return rehearsal.outcome
        }
    }

    /// Does it, in one transaction, unless a table cannot be adopted: then nothing is done. Indexes that only make queries fast come after it, beside
    /// whoever writes.
    ///
    /// - Throws: `MappedSchemaError` when the schema is another's; `PostgresError`.
    package func carryOut(in session: PostgresSession) throws -> Outcome {
        let outcome: Outcome
        do {
            outcome = try session.transaction {
                let outcome = try perform(in: session)
                if !outcome.problems.isEmpty { throw Rehearsal(outcome: outcome) }
                return outcome
            }
        } catch let rehearsal as Rehearsal {
            return rehearsal.outcome
        }
        var done = outcome
        for case .madeIndex(let table, let name) in try missingIndexes(in: session) {
            guard let made = tables.first(where: { $0.table == table }) else { continue }
            do {
                try TargetTable.makeIndexConcurrently(name, of: made, in: session)
                done.alterations.append(.madeIndex(table: table, name: name))
            } catch let error as PostgresError where error.code != .closed {
                done.warnings.append("the index \(name) could not be made, which the next load tries again: \(error)")
            }
        }
        return done
    }

    private func perform(in session: PostgresSession) throws -> Outcome {
        var outcome = Outcome()
        try session.run("SELECT set_config('lock_timeout', \(Self.lockPatience), true), set_config('xmlbinary', 'hex', true)")
        let before = try SchemaSnapshot.take(of: schema, in: session)
        try TargetMetadata.ensure(schema: schema, ownership: ownership, in: session)
        for table in tables {
            do {
                try Savepoint.run("adoption", in: session) {
                    try adopt(table, existed: before.tables.contains(table.table), &outcome, in: session)
                }
            } catch let error as MappedSchemaError {
                outcome.problems[table.table] = error.message
            } catch let error as PostgresError where error.code != .closed && error.sqlState != nil {
                outcome.problems[table.table] = try explain(error, table, in: session)
            }
        }
        let after = try SchemaSnapshot.take(of: schema, in: session)
        outcome.alterations = SchemaDifference(before: before, after: after, schema: schema).alterations
        for case .addedColumn(let table, let column, _) in outcome.alterations { outcome.emptyColumns[table, default: []].append(column) }
        try lookAtLog(&outcome, in: session)
        try lookAtWriters(hstore: after.hstore ?? "public", &outcome, in: session)
        return outcome
    }

    private func adopt(_ table: TableSchema, existed: Bool, _ outcome: inout Outcome, in session: PostgresSession) throws {
        if existed, let problem = try Self.ownerProblem(table, in: session) {
            throw MappedSchemaError(code: .badConfiguration, message: problem)
        }
        _ = try TargetTable.ensure(table, secondaryIndexes: false, in: session)
        try TargetTable.widenErrors(table, in: session)
        var facts = try AdoptedTableFacts.look(at: table, in: session)
        facts.exists = existed
        outcome.facts[table.table] = facts
    }

    /// Only a table's owner may alter it and make its triggers.
    private static func ownerProblem(_ table: TableSchema, in session: PostgresSession) throws -> String? {
        let row = try session.query(
            """
            SELECT pg_has_role(c.relowner, 'USAGE') AS is_owner, current_user::text AS role, c.relowner::regrole::text AS owner
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = \(table.schema) AND c.relname = \(table.table)
            """)[0]
        guard try !row.decode("is_owner") else { return nil }
        let (role, owner) = (try row.decode("role", as: String.self), try row.decode("owner", as: String.self))
        return
            "the table \(table.qualifiedName) belongs to the role \(owner), and Sluice works as \(role): run ALTER TABLE \(table.qualifiedName) OWNER TO \(role), or GRANT \(owner) TO \(role)"
    }

    /// A lock that others hold passes; a view that stands on a column is a person's to drop.
    private func explain(_ error: PostgresError, _ table: TableSchema, in session: PostgresSession) throws -> String {
        switch error.sqlState {
        case "55P03":
            return
                "a session holds a lock on \(table.qualifiedName); nothing was waited for longer than \(Self.lockPatience): try again at a quiet time"
        case "0A000":
            let views = try Self.views(on: table, in: session)
            let names = views.isEmpty ? "a view or rule" : views.joined(separator: ", ")
            return
                "\(names) stands on a column of \(table.qualifiedName) that must be widened: drop it, adopt, and make it again (\(error.message))"
        default: return "\(error)"
        }
    }

    private static func views(on table: TableSchema, in session: PostgresSession) throws -> [String] {
        try session.query(
            """
            SELECT DISTINCT v.oid::regclass::text AS name
            FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_class v ON v.oid = r.ev_class
            JOIN pg_class c ON c.oid = d.refobjid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND n.nspname = \(table.schema) AND c.relname = \(table.table)
              AND v.oid <> c.oid ORDER BY 1
            """
        ).map { try $0.decode("name") }
    }

    /// By the names under which loads look for them, too.
    private func missingIndexes(in session: PostgresSession) throws -> [SchemaAlteration] {
        let found = try SchemaSnapshot.take(of: schema, in: session)
        return tables.filter { found.tables.contains($0.table) }.flatMap { table in
            table.indexes.filter { !$0.isUnique && $0.column != "sfid" }.map { TargetTable.name(of: $0, on: table) }.filter {
                found.indexes[.init(table.table, $0)] == nil
            }.map { SchemaAlteration.madeIndex(table: table.table, name: $0) }
        }
    }

    private func lookAtLog(_ outcome: inout Outcome, in session: PostgresSession) throws {
        for (table, state, number) in try TriggerLog(schema: schema).waitingByState(in: session) {
            if outcome.facts[table] != nil {
                outcome.facts[table]?.waiting[state] = number
            } else if !tables.contains(where: { $0.table == table }) {
                outcome.strayChanges[table, default: 0] += number
            }
        }
        let listeners = try TriggerLog(schema: schema).otherListeners(in: session)
        if !listeners.isEmpty {
            outcome.warnings.append(
                "sessions listen for changes of this schema (\(listeners.joined(separator: ", "))): Heroku Connect may still run. Pause it before this connection writes"
            )
        }
    }

    private func lookAtWriters(hstore: String, _ outcome: inout Outcome, in session: PostgresSession) throws {
        let present = tables.map(\.table).filter { outcome.problems[$0] == nil }
        for (table, faults) in try WriterInspection(schema: schema, hstore: hstore).look(present, in: session).sorted(by: {
            $0.key < $1.key
        }) {
            for fault in faults {
                let grants = fault.lacks.map { "GRANT \($0) TO \(fault.role)" }.joined(separator: "; ")
                outcome.warnings.append(
                    "\(fault.role) may change \(schema).\(table) but not record it, so that its changes fail: run \(grants)")
            }
        }
    }
}
