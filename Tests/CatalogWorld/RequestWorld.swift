package import Catalog
import Foundation
import JobQueue
package import Postgres
package import Secrets
import TestDatabase

/// A connection that may sync, for requests about it.
package struct RequestWorld: Sendable {
    package let pool: PostgresPool
    package let store: CatalogStore
    package let connection: Connection

    package let key: SealingKey
    package let config: MappingConfig

    /// Runs `body` with a connection in a control database of its own.
    package static func with(_ body: @Sendable (RequestWorld) async throws -> Void) async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations + CatalogStore.migrations) { database in
            let store = CatalogStore(pool: database.pool())
            let key = try SealingKey(base64: Fixture.keyText)
            let config = try MappingConfig(json: #"{"access":"read_write","fields":{"Id":{},"Name":{}}}"#)
            let made = try await store.createConnection(
                NewConnection(appName: "shop", name: "shop", target: .key("DATABASE_URL"), schemaName: "salesforce"), sealingKey: key)
            try await store.storeAuthorization(
                made.id,
                ConnectionAuthorization(
                    sealedCredentials: "sealed", environment: "production", loginURL: "https://login.example",
                    instanceURL: "https://org.example"))
            let connection = try await store.connection(made.id)!
            try await body(RequestWorld(pool: store.pool, store: store, connection: connection, key: key, config: config))
        }
    }

    /// A mapping of an object.
    package func mapping(_ object: String, loaded: Bool) async throws -> Mapping {
        let (mapping, _) = try await store.upsertMapping(connection.id, objectName: object, config: config)
        if loaded {
            try await store.updateMapping(mapping.id, MappingUpdate(state: .dataSynced, watermark: Date(), nextPoll: .afterInterval))
        }
        return try await store.mapping(mapping.id)!
    }
}
