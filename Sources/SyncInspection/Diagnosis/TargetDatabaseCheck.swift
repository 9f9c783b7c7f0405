package import Catalog
import MappedSchema
package import Postgres
import SchemaInspection
import Sync

/// The server, the schema and the tables of the target database.
struct TargetDatabaseCheck: DiagnosisCheck {
    static let reachable = DiagnosisRule("TARGET_DATABASE_MUST_ANSWER", "Target Database")

    let name = "Target Database"
    var serverBounds = DatabaseServerRules.Bounds()
    var schemaBounds = SchemaBounds()

    func findings(_ world: DiagnosisWorld) async throws -> [Finding] {
        guard let target = world.target else {
            guard world.isWhole else { return [] }
            let place = world.connection.dbKey.map { "the variable \($0)" } ?? "its sealed address"
            return [
                Self.reachable.error(
                    "The connection's database is not known to this process, which looks for \(place)",
                    remedy:
                        "set the variable for all processes and allow the app to use it (sluice app allow), or give the connection another")
            ]
        }
        let inspection = try await inspection(world)
        let facts: (DatabaseServerFacts, MappedSchemaFacts)
        do {
            facts = try await target.pool.withSession { session in
                (try DatabaseServerFacts.look(in: session, isLocal: target.pool.configuration.isLocal), try inspection.look(in: session))
            }
        } catch let error as PostgresError {
            guard world.isWhole else { throw error }
            return [
                Self.reachable.error(
                    "The connection's database does not answer: \(Failure(error).reason)",
                    remedy: "see that it runs, that its address and password are right, and that this machine may reach it")
            ]
        }
        let schema = MappedSchemaRules(
            facts: facts.1, connection: world.connection.resourceName, isMapped: world.mappings.contains { $0.tableSchema != nil },
            bounds: schemaBounds
        ).findings(isWhole: world.isWhole)
        guard world.isWhole else { return schema }
        let server = DatabaseServerRules(facts: facts.0, place: "The target database", bounds: serverBounds).findings
        return [Self.reachable.pass("The connection's database answers")] + server + schema
    }

    private func inspection(_ world: DiagnosisWorld) async throws -> MappedSchemaInspection {
        let ownership = SchemaOwnership(connection: world.connection, controlDatabase: try await world.catalog.controlDatabaseID())
        let tables = try world.mappings.compactMap { mapping in try mapping.table().map { (object: mapping.objectName, shape: $0) } }
        return MappedSchemaInspection(schema: world.connection.schemaName, tables: tables, ownership: ownership)
    }
}

/// The control database's server.
package enum ControlDatabaseCheck {
    /// What is to be said of it.
    ///
    /// - Throws: `PostgresError`.
    package static func findings(_ pool: PostgresPool) async throws -> [Finding] {
        let facts = try await pool.withSession { try DatabaseServerFacts.look(in: $0, isLocal: pool.configuration.isLocal) }
        return DatabaseServerRules(facts: facts, place: "The control database").findings
    }
}

extension PostgresConfiguration {
    /// Whether the server runs on this machine, so that its disk can be looked at.
    fileprivate var isLocal: Bool { host.hasPrefix("/") || ["localhost", "127.0.0.1", "::1"].contains(host) }
}
