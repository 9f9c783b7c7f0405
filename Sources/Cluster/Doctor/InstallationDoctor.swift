public import Catalog
public import HTTPTransport
import JobQueue
public import Logging
import MappedSchema
import Postgres
import Salesforce
public import Secrets
import SyncInspection

/// Looks at a whole installation from one process: its control database, its processes, and every connection as a worker would see it. It
/// changes nothing.
public struct InstallationDoctor: Sendable {
    static let migrations = DiagnosisRule("MIGRATIONS_MUST_BE_APPLIED", "Migrations")
    static let key = DiagnosisRule("SECRET_KEY_MUST_FIT", "Secret Key")
    static let answers = DiagnosisRule("CONTROL_DATABASE_MUST_ANSWER", "Control Database")
    static let sweeping = DiagnosisRule("QUEUE_SHOULD_BE_SWEPT", "Job Queue")
    static let credentials = DiagnosisRule("CREDENTIALS_MUST_OPEN", "Stored Credentials")

    private let catalog: CatalogStore
    private let queue: JobQueue
    private let sealingKey: SealingKey
    private let clients: SalesforceClients
    private let addresses: ConnectionAddresses
    private let targets: TargetPools

    /// A doctor over a control database.
    ///
    /// - Parameter environment: where connections that name a config var find their database.
    public init(
        catalog: CatalogStore, sealingKey: SealingKey, environment: [String: String], transport: HTTPClientConfiguration, logger: Logger
    ) {
        self.catalog = catalog
        self.sealingKey = sealingKey
        queue = JobQueue(pool: catalog.pool)
        clients = SalesforceClients(transport: transport, catalog: catalog, sealingKey: sealingKey, logger: logger)
        addresses = ConnectionAddresses(sealingKey: sealingKey, environment: environment)
        targets = TargetPools(
            use: .init(applicationName: "sluice doctor", poolSize: 1, patience: .seconds(15), connectTimeout: .seconds(10)), logger: logger)
    }

    /// Looks at everything.
    ///
    /// - Parameters:
    ///   - pending: asks which migrations the control database lacks.
    ///   - name: the id, resource name or name of the one connection that is looked at; nil for all.
    /// - Throws: `CatalogError` when no connection is called that; `CancellationError`.
    public func examine(pending: @Sendable () async throws -> [Int], connection name: String? = nil) async throws -> DoctorReport {
        var report = DoctorReport()
        let missing: [Int]
        do {
            missing = try await pending()
            report.add([Self.answers.pass("The control database answers")] + (try await ControlDatabaseCheck.findings(catalog.pool)))
        } catch let error as PostgresError {
            report.add([
                Self.answers.error(
                    "The control database does not answer: \(error)",
                    remedy: "see that it runs, and that DATABASE_URL has its address and password")
            ])
            return report
        }
        guard missing.isEmpty else {
            report.add([
                Self.migrations.error(
                    "The control database lacks the migrations \(missing.map(String.init).joined(separator: ", "))",
                    remedy: "run: sluice migrate")
            ])
            return report
        }
        report.add([Self.migrations.pass("All migrations are applied"), try await sweepingFinding()])
        let connections: [Connection]
        if let name {
            connections = [try await catalog.connection(named: name)]
        } else {
            connections = try await catalog.connections()
        }
        report.add(ProcessRules(try await queue.liveProcesses(), isNeeded: connections.contains { $0.state.allowsSync }).findings)
        do {
            try await catalog.verifyKey(sealingKey)
            report.add([Self.key.pass("SLUICE_SECRET_KEY opens what is stored")])
        } catch let error as CatalogError where error.code == .wrongKey {
            report.add([
                Self.key.error(
                    error.message, remedy: "set the key that the database was set up with; without it, authorize every connection anew")
            ])
            return report
        }
        let unserved = Dictionary(try await catalog.unserved().map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        for connection in connections {
            report.add(
                try await findings(connection) + (unserved[connection.id].map { [ProcessRules.finding($0)] } ?? []), about: connection)
        }
        return report
    }

    private func sweepingFinding() async throws -> Finding {
        guard let role = try await queue.roleThatCannotSweep() else {
            return Self.sweeping.pass("Workers may sweep the table of live jobs")
        }
        return Self.sweeping.warning(
            "The role \(role) may not vacuum \(JobQueue.liveTable): its dead rows wait for autovacuum, which comes to it from 20 million on",
            remedy:
                "let processes have the role that owns the table, or give it to theirs: ALTER TABLE \(JobQueue.liveTable) OWNER TO \(role)")
    }

    private func findings(_ connection: Connection) async throws -> [Finding] {
        var salesforce: SalesforceClient?
        var findings: [Finding] = []
        if connection.credentialsSealed != nil {
            do {
                salesforce = try await clients.client(of: connection)
            } catch {
                findings.append(
                    Self.credentials.error(
                        "The connection's credentials cannot be opened: \(error)", remedy: "authorize it anew: sluice connection authorize")
                )
            }
        }
        let world = DiagnosisWorld(
            connection: connection, mappings: try await catalog.mappings(connection.id), isWhole: true, catalog: catalog,
            salesforce: salesforce,
            target: await target(of: connection))
        return findings + (try await DiagnoseStep(world: world, checks: DiagnoseStep.connectionChecks).diagnose().findings)
    }

    /// Nil when it cannot be told where it is, which a check says.
    private func target(of connection: Connection) async -> TargetDatabase? {
        guard let address = try? addresses.configuration(of: connection) else { return nil }
        return await targets.target(at: address, queue: queue, lane: "doctor")
    }

    /// Ends what the look opened.
    public func close() async {
        await clients.close(within: .seconds(2))
        await targets.close()
    }
}
