import Catalog
import JobQueue
import Logging
import Postgres
import Secrets
import TestDatabase

/// A control database of a test's own, and a key to seal with.
struct Fixture {
    let store: CatalogStore
    let pool: PostgresPool
    let key: SealingKey

    static func with(_ body: (Fixture) async throws -> Void) async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations + CatalogStore.migrations) { database in
            let pool = database.pool()
            try await body(Fixture(store: CatalogStore(pool: pool), pool: pool, key: SealingKey(base64: keyText)))
        }
    }

    static let keyText = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

    /// A connection that may sync.
    func authorizedConnection(app: String = "shop", schema: String = "salesforce") async throws -> Connection {
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

    func config(_ fields: [String], extra: String = "") throws -> MappingConfig {
        let list = fields.map { "\"\($0)\":{}" }.joined(separator: ",")
        return try MappingConfig(json: "{\"access\":\"read_only\",\"fields\":{\(list)}\(extra)}")
    }
}

/// A configuration in the layouts that were met in the wild: without indexes, keys in any order, several fraction digits.
let oldExport = """
    {"connection":{"organization_id":"","exported_at":"2016-08-23T19:29:11.336788+00:00","app_name":""},"version":1,"mappings":[
    {"object_name":"Invoice__c","config":{"fields":{"Total__c":{},"Id":{},"Account__r__Ext__c":{},"IsDeleted":{},"SystemModstamp":{}},
    "applied_at":"2016-07-14T21:17:12.319Z","sf_notify_enabled":true,"sf_polling_seconds":600,"access":"read_write","sf_max_daily_api_calls":30000}},
    {"config":{"access":"read_only","sf_polling_seconds":120,"upsert_field":"Ext__c","fields":{"SystemModstamp":{},"Id":{},"Ext__c":{}},
    "indexes":{"Ext__c":{"unique":true},"Id":{"unique":true},"SystemModstamp":{"unique":false}}},"object_name":"Account"}]}
    """
