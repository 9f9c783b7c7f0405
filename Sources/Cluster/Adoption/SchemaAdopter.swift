public import Catalog
public import HTTPTransport
import JobQueue
public import Logging
import MappedSchema
import Salesforce
public import Secrets
public import Sync

/// Plans, makes and takes back adoptions of schemas from one process, without a worker: before anything else runs, an operator wants to know what an
/// adoption would do.
public struct SchemaAdopter: Sendable {
    private let catalog: CatalogStore
    private let clients: SalesforceClients
    private let addresses: ConnectionAddresses
    private let targets: TargetPools

    /// An adopter over a control database.
    ///
    /// - Parameter environment: where connections that name a config var find their database.
    public init(
        catalog: CatalogStore, sealingKey: SealingKey, environment: [String: String], transport: HTTPClientConfiguration, logger: Logger
    ) {
        self.catalog = catalog
        clients = SalesforceClients(transport: transport, catalog: catalog, sealingKey: sealingKey, logger: logger)
        addresses = ConnectionAddresses(sealingKey: sealingKey, environment: environment)
        targets = TargetPools(
            use: .init(
                applicationName: "sluice adopt", poolSize: 1, patience: .seconds(15), connectTimeout: .seconds(10),
                statementTimeout: .seconds(300)), logger: logger)
    }

    /// Does what is asked for.
    ///
    /// - Throws: `CatalogError` when the database cannot be found; `SyncError`, `SalesforceError`, `PostgresError`.
    public func run(_ args: AdoptArgs, of connection: Connection) async throws -> AdoptionReport {
        let salesforce = connection.credentialsSealed == nil ? nil : try await clients.client(of: connection)
        let target = await targets.target(
            at: try addresses.configuration(of: connection), queue: JobQueue(pool: catalog.pool), lane: "adopt")
        return try await AdoptionStep(connection: connection, salesforce: salesforce, target: target, catalog: catalog).run(args)
    }

    /// Ends what it opened.
    public func close() async {
        await clients.close(within: .seconds(2))
        await targets.close()
    }
}
