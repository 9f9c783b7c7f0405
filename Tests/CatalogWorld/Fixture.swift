package import Catalog
import JobQueue
package import Postgres
package import Secrets
import TestDatabase

/// A control database of a test's own, and a key to seal with.
package struct Fixture {
    package let store: CatalogStore
    package let pool: PostgresPool
    package let key: SealingKey

    /// Runs `body` with a control database that is migrated, and dropped afterwards.
    package static func with(_ body: (Fixture) async throws -> Void) async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations + CatalogStore.migrations) { database in
            let pool = database.pool()
            try await body(Fixture(store: CatalogStore(pool: pool), pool: pool, key: SealingKey(base64: keyText)))
        }
    }

    /// The key as an environment variable holds it.
    package static let keyText = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

    /// A connection that may sync.
    package func authorizedConnection(app: String = "shop", schema: String = "salesforce") async throws -> Connection {
        let connection = try await store.createConnection(
            NewConnection(appName: app, target: .key("DATABASE_URL"), schemaName: schema), sealingKey: key)
        let sealed = try CredentialSeal.seal(["grant": "test"], for: connection.id, key: key)
        try await store.storeAuthorization(
            connection.id,
            ConnectionAuthorization(
                sealedCredentials: sealed, environment: "production", loginURL: "https://login.example", instanceURL: "https://org.example",
                organizationID: "00D000000000001AAA"))
        return connection
    }

    /// A read-only configuration with these fields.
    package func config(_ fields: [String], extra: String = "") throws -> MappingConfig {
        let list = fields.map { "\"\($0)\":{}" }.joined(separator: ",")
        return try MappingConfig(json: "{\"access\":\"read_only\",\"fields\":{\(list)}\(extra)}")
    }
}
