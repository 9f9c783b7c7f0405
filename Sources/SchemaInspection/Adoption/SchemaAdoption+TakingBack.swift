import MappedSchema
package import Postgres

extension SchemaAdoption {
    /// Takes alterations back, the last first, in one transaction: the schema is as it was, but for what says that it remains. Rows are left as
    /// they are. What somebody has dropped meanwhile is no matter.
    ///
    /// - Throws: `MappedSchemaError` with code `.badConfiguration` when somebody has built on what was added; `PostgresError`.
    package static func takeBack(_ alterations: [SchemaAlteration], schema: String, in session: PostgresSession) throws {
        do {
            try session.transaction {
                try session.run("SELECT set_config('lock_timeout', '5s', true)")
                // Triggers of a table that was made go with it, and call functions that were made.
                let functions = alterations.filter { if case .madeFunction = $0 { true } else { false } }
                for alteration in alterations.reversed() where !functions.contains(alteration) {
                    try takeBack(alteration, schema: schema, in: session)
                }
                for alteration in functions.reversed() { try takeBack(alteration, schema: schema, in: session) }
            }
        } catch let error as PostgresError where error.sqlState == "2BP01" {
            throw MappedSchemaError(
                code: .badConfiguration,
                message: "somebody has built on what the adoption added, so nothing was taken back; drop it first: \(error.message)")
        }
    }

    private static func takeBack(_ alteration: SchemaAlteration, schema: String, in session: PostgresSession) throws {
        switch alteration {
        case .madeTable(let name):
            try session.run("DROP TABLE IF EXISTS \(identifier: schema, name)")
        case .addedColumn(let table, let column, _):
            try session.run("ALTER TABLE IF EXISTS \(identifier: schema, table) DROP COLUMN IF EXISTS \(identifier: column)")
        case .madeFunction(let name) where alteration.remains == nil:
            try session.run("DROP FUNCTION IF EXISTS \(raw: name)")
        case .replacedFunction(_, let previous):
            try session.script(previous)
        case .madeTrigger(let table, let name):
            guard try TargetMetadata.exists(schema: schema, table: table, in: session) else { return }
            try session.run("DROP TRIGGER IF EXISTS \(identifier: name) ON \(identifier: schema, table)")
        case .madeIndex(_, let name):
            try session.run("DROP INDEX IF EXISTS \(identifier: schema, name)")
        case .recordedOwner(let details, let organizationID, let existed):
            guard try TargetMetadata.exists(schema: schema, table: TriggerLogInspection.meta, in: session) else { return }
            let meta: PostgresQuery = "\(identifier: schema, TriggerLogInspection.meta)"
            try session.run(
                existed
                    ? "UPDATE \(fragment: meta) SET details = \(details), org_id = \(organizationID) WHERE id = (SELECT min(id) FROM \(fragment: meta))"
                    : "DELETE FROM \(fragment: meta)")
        case .madeSchema, .madeExtension, .widenedColumn, .madeFunction: break
        }
    }
}
