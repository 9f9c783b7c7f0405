import Catalog
import Foundation
import HTTPTransport
import Logging
import Salesforce
import Secrets
import Synchronization

/// Salesforce clients, one a connection, so that a process logs in once and renews its session once for all of its jobs.
actor SalesforceClients {
    private struct Entry {
        let sealed: String
        let client: SalesforceClient
        let meter: CallMeter
    }

    private let http: HTTPClient
    nonisolated let transfers: HTTPClientConfiguration
    private let catalog: CatalogStore
    private let sealingKey: SealingKey
    private let logger: Logger
    private var entries: [UUID: Entry] = [:]

    init(transport: HTTPClientConfiguration, catalog: CatalogStore, sealingKey: SealingKey, logger: Logger) {
        http = HTTPClient(configuration: transport)
        transfers = transport
        self.catalog = catalog
        self.sealingKey = sealingKey
        self.logger = logger
    }

    /// The client of a connection, made anew when its credentials have changed.
    ///
    /// - Throws: `CatalogError` when the connection was never authorized; `SecretsError` when its credentials cannot be opened.
    func client(of connection: Connection) throws -> SalesforceClient {
        let sealed = connection.credentialsSealed ?? ""
        if let entry = entries[connection.id], entry.sealed == sealed { return entry.client }
        let credentials: SalesforceCredentials = try CredentialSeal.open(connection, key: sealingKey)
        let session = SalesforceSession(
            credentials: credentials, loginURL: connection.loginURL, http: http, store: credentialStore(connection.id))
        let meter = CallMeter()
        let client = SalesforceClient(session: session, http: http, apiVersion: connection.apiVersion, logger: logger) { meter.count($0) }
        entries[connection.id] = Entry(sealed: sealed, client: client, meter: meter)
        return client
    }

    /// Calls made for a connection since the last time somebody asked, and what the org last said of its limit.
    func takeUsage(of connectionID: UUID) -> (calls: Int, used: Int?, limit: Int?) {
        guard let entry = entries[connectionID] else { return (0, nil, nil) }
        return (entry.meter.take(), entry.client.apiUsage?.used, entry.client.apiUsage?.max)
    }

    /// Where a rotated refresh token is kept before the access token that came with it is used.
    private func credentialStore(_ id: UUID) -> SalesforceSession.CredentialStore {
        SalesforceSession.CredentialStore(
            save: { [catalog, sealingKey] credentials in
                try await catalog.replaceCredentials(id, sealed: try CredentialSeal.seal(credentials, for: id, key: sealingKey))
            },
            load: { [catalog, sealingKey] in
                guard let connection = try await catalog.connection(id), connection.credentialsSealed != nil else { return nil }
                return try CredentialSeal.open(connection, key: sealingKey)
            })
    }
}

/// Counts calls as they are made.
private final class CallMeter: Sendable {
    private let calls = Atomic<Int>(0)

    func count(_ call: APICall) { calls.add(1, ordering: .relaxed) }

    func take() -> Int { calls.exchange(0, ordering: .relaxed) }
}
