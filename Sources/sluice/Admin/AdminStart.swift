import ArgumentParser
import Catalog
import Foundation
import Postgres
import Secrets

/// What the admin commands have in common: the environment, a short-lived pool on a migrated control database, and one way to print.
struct AdminStart: Sendable {
    let environment: ControlEnvironment
    let pool: PostgresPool
    let catalog: CatalogStore

    /// The key, known to be the one that the control database is sealed with: for commands that seal or open.
    ///
    /// - Throws: `ExitCode` 78 (EX_CONFIG) after a line on stderr; `PostgresError`.
    func verifiedKey() async throws -> SealingKey {
        try await ProcessStart.verifyKey(environment, pool)
        return environment.sealingKey
    }

    /// Runs a command's work and closes the pool after it.
    ///
    /// - Throws: what `body` threw; a `ValidationError` when the control database is not migrated.
    static func run(_ body: (AdminStart) async throws -> Void) async throws {
        let environment = try ControlEnvironment.read(for: "sluice")
        let pool = try environment.makePool(size: 1)
        do {
            guard try await MigrateCommand.migrator.pending(pool).isEmpty else {
                throw CatalogError(code: .configuration, message: "the control database is not up to date: run 'sluice migrate' first")
            }
            try await body(AdminStart(environment: environment, pool: pool, catalog: CatalogStore(pool: pool)))
            await pool.close()
        } catch {
            await pool.close()
            throw error
        }
    }
}

/// Rows for people to read, in columns as wide as they need to be.
struct TextTable {
    let columns: [String]
    let rows: [[String]]

    var text: String {
        let widths = columns.indices.map { column in ([columns] + rows).map { $0[column].count }.max() ?? 0 }
        return ([columns] + rows).map { row in
            zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }.joined(separator: "  ")
                .trimmingCharacters(in: .whitespaces)
        }.joined(separator: "\n")
    }
}

extension Connection {
    /// What the admin commands tell of a connection.
    var summary: JSONValue {
        [
            "id": .string(id.uuidString.lowercased()), "name": .string(name), "resource_name": .string(resourceName),
            "app_name": .string(appName),
            "app_id": .string(appID.uuidString.lowercased()), "schema_name": .string(schemaName), "db_key": .optional(dbKey),
            "state": .string(state.rawValue), "state_description": .optional(stateDescription),
            "organization_id": .optional(organizationID), "username": .optional(username),
        ]
    }
}
