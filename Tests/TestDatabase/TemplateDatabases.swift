import Foundation
import Postgres

/// Migrated databases to copy from, so that a set of migrations runs once, not once a test.
actor TemplateDatabases {
    private var made: [String: Task<Void, any Error>] = [:]

    /// The name of a database that holds what these migrations make. The name is derived from their text: processes that run
    /// after one another on one server share it, and an edited migration gets a database of its own.
    func name(schema: String, migrations: [PostgresMigration]) async throws -> String {
        let name = "sluice_template_" + Self.fingerprint(schema: schema, migrations: migrations)
        let task = made[name] ?? Task { try await Self.make(name, schema: schema, migrations: migrations) }
        made[name] = task
        try await task.value
        return name
    }

    private static func make(_ name: String, schema: String, migrations: [PostgresMigration]) async throws {
        let server = try TestServer.shared.get()
        if try await server.databaseExists(name) { return }
        // It gets its name when it is complete, so that nobody ever copies half a template.
        let draft = "sluice_draft_\(UUID().uuidString.prefix(8).lowercased())"
        try await server.createDatabase(draft, template: "template0")
        do {
            let configuration = try PostgresConfiguration(url: server.url(database: draft))
            let pool = PostgresPool(configuration: configuration, size: 1, logger: TestDatabase.quietLogger)
            do {
                _ = try await PostgresMigrator(schema: schema, migrations: migrations).migrate(pool, logger: TestDatabase.quietLogger)
                await pool.close()
            } catch {
                await pool.close()
                throw error
            }
            if try await !server.renameDatabase(draft, to: name) { try await server.dropDatabase(draft) }
        } catch {
            try? await server.dropDatabase(draft)
            throw error
        }
    }

    /// FNV-1a over the migrations' text: names a database, guards nothing.
    private static func fingerprint(schema: String, migrations: [PostgresMigration]) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        let texts = [schema] + migrations.sorted { $0.number < $1.number }.flatMap { ["\($0.number)", $0.name, $0.sql] }
        for byte in texts.joined(separator: "\u{1F}").utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return String(hash, radix: 36)
    }
}
