public import Catalog
public import Foundation
public import HTTPTransport
public import JobQueue
public import Logging
import MappedSchema
public import Outlets
import Postgres
import Salesforce
public import Secrets
public import Sync
import SyncInspection
import SyncJournal
public import SyncWrite

/// Which sync step each kind of job runs, and what its failure means for its mapping and connection.
public struct SyncHandlers: Sendable {
    let catalog: CatalogStore
    let outlets: OutletTelling
    let queue: JobQueue
    let clients: SalesforceClients
    let logger: Logger
    let addresses: ConnectionAddresses
    let targets: TargetPools
    let unserved: UnservedConnections
    private let writeCalls: Int
    private let longRun: Int
    private let archiveRetention: Duration
    private let indexMegabytes: Int

    /// Handlers over the control database.
    ///
    /// - Parameters:
    ///   - environment: where connections that name a config var find their database.
    ///   - concurrency: jobs run at a time, each of which may need a connection to its target.
    ///   - writeCalls: calls that a write has under way at a time.
    ///   - longRun: changes of one table and action from which on they are written by a bulk job.
    ///   - archiveRetention: how long archived rows of trigger logs are kept.
    ///   - indexMegabytes: what Postgres may take for an index at the end of a first load.
    ///   - outlets: what may be told of what happens, and how.
    public init(
        catalog: CatalogStore, queue: JobQueue, sealingKey: SealingKey, environment: [String: String], transport: HTTPClientConfiguration,
        concurrency: Int, writeCalls: Int = WriteStep.defaultCalls, longRun: Int = WriteStep.defaultLongRun,
        archiveRetention: Duration = ArchiveStep.defaultRetention, indexMegabytes: Int = LoadStep.defaultIndexMegabytes,
        outlets: OutletConfiguration = OutletConfiguration(), logger: Logger
    ) {
        self.writeCalls = writeCalls
        self.longRun = longRun
        self.archiveRetention = archiveRetention
        self.indexMegabytes = indexMegabytes
        self.catalog = catalog
        self.outlets = OutletTelling(configuration: outlets, key: sealingKey)
        clients = SalesforceClients(
            transport: transport, catalog: catalog, sealingKey: sealingKey,
            jwtKey: environment["SALESFORCE_JWT_KEY"].flatMap { $0.isEmpty ? nil : $0 }, logger: logger)
        unserved = UnservedConnections(catalog: catalog, sealingKey: sealingKey, environment: environment, logger: logger)
        self.queue = queue
        self.logger = logger
        addresses = ConnectionAddresses(sealingKey: sealingKey, environment: environment)
        targets = TargetPools(
            use: .init(applicationName: "sluice worker target", poolSize: 2 * concurrency + 1, patience: .seconds(120)), logger: logger)
    }

    /// One handler a kind.
    public var all: [JobHandler] {
        [
            JobHandler(kind: JobKind.importConfiguration.rawValue) { try await ImportConfiguration(catalog: catalog, context: $0).run() },
            handler(.load) { scope, mapping in
                let args: LoadArgs = try scope.context.job.decodeArgs()
                return try await LoadStep(scope: scope, mapping: mapping, reason: args.reason, indexMegabytes: indexMegabytes).run()
            },
            handler(.loadPage) { scope, mapping in
                try await LoadPageStep(scope: scope, mapping: mapping, args: try scope.context.job.decodeArgs()).run()
            },
            handler(.poll) { scope, mapping in
                let _: PollArgs = try scope.context.job.decodeArgs()
                if let outcome = try await TableUpkeep(scope: scope, mapping: mapping).run() { return outcome }
                return try await PollStep(scope: scope, mapping: mapping).run()
            },
            packedPollHandler,
            writeHandler(.write) { _ in nil },
            writeHandler(.writeLane) { try $0.job.decodeArgs(WriteLaneArgs.self).tables },
            diagnoseHandler,
            adoptHandler,
            catchUpHandler,
            inquiry(.compareVersions) {
                try await CompareVersionsStep(connection: $0, salesforce: $1, catalog: catalog).run($2.job.decodeArgs())
            },
            inquiry(.describe) { try await DescribeStep(connection: $0, salesforce: $1, catalog: catalog).run($2.job.decodeArgs()) },
            archiveHandler,
            JobHandler(kind: JobKind.housekeeping.rawValue) { try await Housekeeping(catalog: catalog, context: $0).run() },
        ] + operations
    }

    /// The connections whose jobs this process leaves to others, because a variable that they name is not set here or holds no address, or because
    /// others may reach a target database that this process does not. Changes are told in the log and in `sluice.unserved_connections`.
    ///
    /// - Throws: `PostgresError`, `CatalogError`.
    public func unserved(as worker: String) async throws -> Set<UUID> { try await unserved.look(as: worker) }

    /// Ends what the handlers share once no job runs any more: calls that were made are written down, and a login that may hold a new refresh token is
    /// waited for, each this long.
    public func close(within patience: Duration) async {
        async let calls: Void = settleCalls(within: patience)
        await clients.close(within: patience)
        await calls
    }

    func handler(_ kind: JobKind, _ step: @escaping @Sendable (SyncScope, Mapping) async throws -> JobOutcome) -> JobHandler {
        JobHandler(kind: kind.rawValue) { context in
            guard let mappingID = context.job.mappingID, let mapping = try await catalog.mapping(mappingID),
                let connection = try await catalog.connection(mapping.connectionID)
            else { return .completed("the mapping was removed") }
            if let wait = Self.wait(connection, kind: kind) { return wait }
            if kind == .poll, try await rests(mapping, context.job.decodeArgs()) {
                return .completed("skipped: its calls of today are spent")
            }
            let failures = SyncFailures(catalog: catalog, context: context, connection: connection, mapping: mapping, kind: kind)
            return try await failures.watch {
                try await unserved.watch(connection) {
                    try await CallMeter.$mapping.withValue(mapping.id) { try await step(try await scope(connection, context), mapping) }
                }
            }
        }
    }

    /// - Parameter lane: the tables that a job is about; nil for all of the connection's.
    private func writeHandler(_ kind: JobKind, lane: @escaping @Sendable (JobContext) throws -> [String]?) -> JobHandler {
        JobHandler(kind: kind.rawValue) { context in
            guard let connectionID = context.job.connectionID, let connection = try await catalog.connection(connectionID)
            else { return .completed("the connection was removed") }
            if let wait = Self.wait(connection, kind: .write) { return wait }
            let failures = SyncFailures(catalog: catalog, context: context, connection: connection, mapping: nil, kind: .write)
            return try await failures.watch {
                if kind == .write { let _: WriteArgs = try context.job.decodeArgs() }
                let lane = try lane(context)
                let mappings = try await catalog.mappings(connectionID)
                return try await unserved.watch(connection) {
                    let scope = try await scope(connection, context, writing: lane ?? [])
                    let step = WriteStep(scope: scope, mappings: mappings, calls: writeCalls, longRun: longRun)
                    return if let lane { try await step.run(lane: lane) } else { try await step.run() }
                }
            }
        }
    }

    /// A question to the org, which is asked whatever the connection's sync is doing: somebody waits for the answer, and what is in the way of it is
    /// part of it.
    private func inquiry(
        _ kind: JobKind, _ step: @escaping @Sendable (Connection, SalesforceClient, JobContext) async throws -> JobOutcome
    ) -> JobHandler {
        JobHandler(kind: kind.rawValue) { context in
            guard let connectionID = context.job.connectionID, let connection = try await catalog.connection(connectionID)
            else { return .completed("the connection was removed") }
            do {
                return try await step(connection, try await clients.client(of: connection), context)
            } catch let error as SalesforceError where error.code == .cancelled {
                throw CancellationError()
            } catch  where !Failure(error).isRetryable {
                throw JobFailure.permanent(Failure(error).reason)
            }
        }
    }

    private var archiveHandler: JobHandler {
        JobHandler(kind: JobKind.archive.rawValue) { context in
            guard let connectionID = context.job.connectionID, let connection = try await catalog.connection(connectionID)
            else { return .completed("the connection was removed") }
            if let wait = Self.wait(connection, kind: .archive) { return wait }
            return try await unserved.watch(connection) {
                try await ArchiveStep(scope: try await scope(connection, context), retention: archiveRetention).run()
            }
        }
    }

    /// A diagnosis is made of a connection that lacks its login or its database, too: that is what it is for.
    private var diagnoseHandler: JobHandler {
        JobHandler(kind: JobKind.diagnose.rawValue) { context in
            let args: DiagnoseArgs = try context.job.decodeArgs()
            guard let connectionID = context.job.connectionID, let connection = try await catalog.connection(connectionID)
            else { return .completed("the connection was removed") }
            let salesforce = connection.credentialsSealed == nil ? nil : try? await clients.client(of: connection)
            let world = DiagnosisWorld(
                connection: connection, mappings: try await diagnosed(args, of: connectionID),
                isWhole: args.mapping == nil && args.draft == nil, catalog: catalog, salesforce: salesforce,
                target: try? await target(of: connection, lane: "diagnose"))
            let checks = args.draft == nil ? DiagnoseStep.checks : DiagnoseStep.draftChecks
            return try await DiagnoseStep(world: world, checks: checks).run(args)
        }
    }

    private func diagnosed(_ args: DiagnoseArgs, of connectionID: UUID) async throws -> [Mapping] {
        guard let draft = args.draft else {
            return try await catalog.mappings(connectionID).filter { args.mapping == nil || $0.id == args.mapping }
        }
        return [try await catalog.draft(draft.objectName, MappingConfig(json: draft.config), of: connectionID)]
    }

    /// What a job does while its connection does not sync: loads wait, since nobody would ask for them again; polls and writes come back
    /// by themselves.
    private static func wait(_ connection: Connection, kind: JobKind) -> JobOutcome? {
        guard !connection.state.allowsSync else { return nil }
        switch kind {
        case .load, .loadPage: return .snooze(.seconds(5))
        default: return .completed("skipped: the connection is \(connection.state.rawValue)")
        }
    }

    /// - Parameter tables: those that a job writes, where it does not write all.
    func scope(_ connection: Connection, _ context: JobContext, writing tables: [String] = []) async throws -> SyncScope {
        // One write of a lane runs at a time, whichever job it is; the steps of all other jobs are their own.
        let lane =
            switch JobKind(rawValue: context.job.kind) {
            case .write: "write:\(connection.id)"
            case .writeLane: CatalogStore.laneKey(connection.id, tables)
            default: "job:\(context.job.id)"
            }
        let scope = SyncScope(
            connection: connection, salesforce: try await clients.client(of: connection), transfers: clients.transfers,
            target: try await target(of: connection, lane: lane),
            catalog: catalog, context: context)
        try await scope.checkOwnership()
        return scope
    }

    /// - Parameter lane: what only one worker at a time works on.
    func target(of connection: Connection, lane: String) async throws -> TargetDatabase {
        await targets.target(at: try addresses.configuration(of: connection), queue: queue, lane: lane)
    }

    func client(of connection: Connection) async throws -> SalesforceClient { try await clients.client(of: connection) }
}
