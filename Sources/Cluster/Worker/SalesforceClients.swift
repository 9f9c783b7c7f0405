import Catalog
import Foundation
import HTTPTransport
import Logging
import Redaction
import Salesforce
import Secrets
import Synchronization

/// Salesforce clients, one a connection, that share the connection's one access token with all other processes.
actor SalesforceClients {
    /// What a client was made for: it is made anew when any of it changes.
    private struct Purpose: Hashable {
        let authorizedAt: Date?
        let loginURL: String
        let apiVersion: String
    }

    private struct Entry {
        let purpose: Purpose
        let client: SalesforceClient
        let meter: CallMeter
    }

    private let http: HTTPClient
    nonisolated let transfers: HTTPClientConfiguration
    private let catalog: CatalogStore
    private let sealingKey: SealingKey
    private let logger: Logger
    private let process: String
    private let jwtKey: Redacted<String?>
    private var entries: [UUID: Entry] = [:]

    /// - Parameters:
    ///   - jwtKey: the private key of the app's certificate: what connections go on with whose refresh token was lost.
    ///   - process: this process's name where people read who renews a session.
    init(
        transport: HTTPClientConfiguration, catalog: CatalogStore, sealingKey: SealingKey, jwtKey: String? = nil, logger: Logger,
        process: String = "process \(ProcessInfo.processInfo.processIdentifier) on \(ProcessInfo.processInfo.hostName)"
    ) {
        http = HTTPClient(configuration: transport)
        transfers = transport
        self.catalog = catalog
        self.sealingKey = sealingKey
        self.logger = logger
        self.process = process
        self.jwtKey = Redacted(wrappedValue: jwtKey)
    }

    /// The client of a connection, made anew when it was authorized anew.
    ///
    /// - Throws: `CatalogError` when the connection was never authorized; `SecretsError` when its credentials cannot be opened.
    func client(of connection: Connection) async throws -> SalesforceClient {
        let purpose = Purpose(
            authorizedAt: connection.authUpdatedAt, loginURL: connection.loginURL, apiVersion: connection.apiVersion)
        if let entry = entries[connection.id], entry.purpose == purpose { return entry.client }
        let _: SalesforceCredentials = try CredentialSeal.open(connection, key: sealingKey)
        var logger = logger
        logger[metadataKey: "connection"] = "\(connection.id.uuidString.lowercased())"
        let session = SalesforceSession(
            store: ConnectionTokenStore(
                connection: connection.id, catalog: catalog, sealingKey: sealingKey, process: process, jwtKey: jwtKey.wrappedValue),
            http: http, logger: logger)
        // Calls of a former authorization are calls.
        let meter = entries[connection.id]?.meter ?? CallMeter()
        let client = SalesforceClient(session: session, http: http, apiVersion: connection.apiVersion, logger: logger) { meter.count($0) }
        let former = entries.updateValue(Entry(purpose: purpose, client: client, meter: meter), forKey: connection.id)
        // What it may be renewing belongs to another authorization.
        if let former { Task { await former.client.session.close(within: .zero) } }
        return client
    }

    /// Ends what is under way; an answer that may hold a new refresh token is waited for this long.
    func close(within patience: Duration) async {
        await withTaskGroup { group in
            for entry in entries.values { group.addTask { await entry.client.session.close(within: patience) } }
        }
    }

    /// Calls made since the last time somebody asked, by connection, and what its org last said of its limit.
    func takeCalls() -> [UUID: ConnectionCalls] {
        entries.compactMapValues { entry in
            let calls = entry.meter.take()
            return calls.isEmpty ? nil : ConnectionCalls(calls, used: entry.client.apiUsage?.used, limit: entry.client.apiUsage?.max)
        }
    }

    /// Counts calls again that were taken and could not be written down.
    func putBack(_ calls: [UUID: ConnectionCalls]) {
        for (connection, calls) in calls { entries[connection]?.meter.add(calls.byMapping) }
    }
}

/// Counts calls as they are made, by the mapping that the task reads which makes them.
final class CallMeter: Sendable {
    /// The mapping that the task reads; nil where it reads none, or writes.
    @TaskLocal static var mapping: UUID?

    private let calls = Mutex<[UUID?: Int]>([:])

    func count(_ call: AnsweredCall) { add([Self.mapping: 1]) }

    func add(_ more: [UUID?: Int]) { calls.withLock { $0.merge(more, uniquingKeysWith: +) } }

    func take() -> [UUID?: Int] {
        calls.withLock { calls in
            defer { calls = [:] }
            return calls
        }
    }
}
