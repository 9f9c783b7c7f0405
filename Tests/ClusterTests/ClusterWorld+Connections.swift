import Catalog
import Foundation
import Salesforce
import Secrets
import TestDatabase

extension ClusterWorld {
    /// The key of this world's processes.
    func sealingKey() throws -> SealingKey { try SealingKey(base64: environment["SLUICE_SECRET_KEY"] ?? "") }

    /// A connection to a schema of this world's database, not authorized yet.
    func connection() async throws -> Connection {
        try await CatalogStore(pool: pool).createConnection(
            NewConnection(appName: "test", target: .url(database.url), schemaName: "salesforce"), sealingKey: sealingKey())
    }

    func connection(_ id: UUID) async throws -> Connection {
        guard let connection = try await CatalogStore(pool: pool).connection(id) else { throw ProcessError(description: "no connection") }
        return connection
    }

    /// A connection with credentials that nobody has tried.
    func authorizedConnection(_ credentials: SalesforceCredentials, loginURL: String) async throws -> UUID {
        let id = try await connection().id
        try await CatalogStore(pool: pool).storeAuthorization(
            id,
            ConnectionAuthorization(
                sealedCredentials: try CredentialSeal.seal(credentials, for: id, key: sealingKey()), environment: "custom",
                loginURL: loginURL, instanceURL: loginURL))
        return id
    }

    /// Read-only mappings of nothing but what every object has.
    func importMappings(_ id: UUID, _ objects: [String]) async throws {
        let list = objects.map {
            #"{"object_name":"\#($0)","config":{"access":"read_only","fields":{"Id":{},"SystemModstamp":{},"IsDeleted":{}}}}"#
        }
        _ = try await CatalogStore(pool: pool).startImport(
            id, export: #"{"version":1,"mappings":[\#(list.joined(separator: ","))]}"#, requestedBy: "test")
    }
}
