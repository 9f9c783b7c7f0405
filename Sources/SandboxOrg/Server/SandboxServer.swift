import Hummingbird
import Logging
import SandboxBulk
import SandboxBytes
import SandboxData
import SandboxHTTP
import SandboxLogin
import SandboxQuery
import SandboxREST
import SandboxStore
import SandboxStreaming
import ServiceLifecycle
import Synchronization
import UnixSignals

/// A running sandbox org: a simulated Salesforce that answers over real HTTP on the loopback address.
///
///     let org = try await SandboxServer.start()
///     defer { await org.stop() }
///     // org.url, SandboxCredentials.clientID …
public final class SandboxServer: Sendable {
    /// Where it listens, such as `http://127.0.0.1:8095`.
    public let url: String
    /// The port it got.
    public let port: Int
    /// Where it listens for TLS; nil when it does not.
    public let httpsURL: String?
    /// Where its CONNECT proxy listens; nil without one.
    public let proxyURL: String?
    /// The file with the certificate of the authority that clients have to trust; nil without TLS.
    public let authorityPath: String?
    private let group: ServiceGroup
    private let running: Task<Void, any Error>

    private init(
        host: String, ports: [SandboxListeners.Kind: Int], authorityPath: String?, group: ServiceGroup, running: Task<Void, any Error>
    ) {
        port = ports[.http] ?? 0
        url = "http://\(host):\(port)"
        httpsURL = ports[.tls].map { "https://\(host):\($0)" }
        proxyURL = ports[.proxy].map { "http://\(host):\($0)" }
        self.authorityPath = authorityPath
        self.group = group
        self.running = running
    }

    /// Starts an org and returns when it listens.
    ///
    /// - Throws: ``SchemaError`` for a schema, row counts or a TLS directory that cannot be, ``StorageError`` for a directory of data that cannot be
    /// used, or the error of binding the address.
    public static func start(_ options: SandboxOptions = SandboxOptions()) async throws -> SandboxServer {
        try await start(options, stopsOnSignals: false)
    }

    /// As ``start(_:)``; SIGTERM and SIGINT stop the server too.
    public static func start(_ options: SandboxOptions, stopsOnSignals: Bool) async throws -> SandboxServer {
        let address = Address()
        let clock = OrgClock(base: options.clock, offset: Int64(options.clockOffsetSeconds))
        let responder = try makeResponder(options, address: address, clock: clock)
        var logger = Logger(label: "sandbox-org")
        logger.logLevel = .error
        let listeners: SandboxListeners
        do {
            listeners = try SandboxListeners(options, responder: responder, clock: clock, logger: logger)
        } catch let error as TLSError {
            throw SchemaError(description: "TLS: \(error)")
        }
        // The first to start is the last to stop.
        let services: [any Service] = responder.storage.map { [StorageService(storage: $0)] } ?? []
        var configuration = ServiceGroupConfiguration(
            services: services + listeners.services + [ScheduleService(schedule: responder.schedule, admin: responder.admin)],
            gracefulShutdownSignals: stopsOnSignals ? [.sigterm, .sigint] : [], logger: logger)
        // Clients that keep their connections open must not hold up a stop.
        configuration.maximumGracefulShutdownDuration = .milliseconds(500)
        let group = ServiceGroup(configuration: configuration)
        let running = Task {
            defer { listeners.end() }
            try await group.run()
        }
        guard let ports = await listeners.started() else {
            try await running.value
            throw CancellationError()
        }
        let server = SandboxServer(
            host: options.host, ports: ports, authorityPath: listeners.directory?.authorityPath, group: group, running: running)
        address.set(options.instanceURL ?? server.url)
        return server
    }

    /// Stops it, and returns when it has stopped.
    public func stop() async {
        await group.triggerGracefulShutdown()
        await wait()
    }

    /// Returns when it has stopped, for whatever reason.
    public func wait() async {
        // A stop that had to cut connections ends in a cancellation: that is a stop all the same.
        _ = await running.result
    }

    /// The line that `serve` prints when it is ready: address and credentials, as JSON.
    public var summary: String {
        var json = JSONWriter()
        json.object { json in
            json.field("instance_url", url)
            json.field("login_url", url)
            json.field("client_id", SandboxCredentials.clientID)
            json.field("client_secret", SandboxCredentials.clientSecret)
            json.field("username", SandboxCredentials.username)
            json.field("password", SandboxCredentials.password)
            json.field("organization_id", SandboxCredentials.organizationID)
            if let httpsURL { json.field("https_url", httpsURL) }
            if let proxyURL { json.field("proxy_url", proxyURL) }
            if let authorityPath { json.field("ca_file", authorityPath) }
        }
        return json.bytes.string
    }

    private static func key(_ pem: String) throws -> PublicKey {
        guard let key = PublicKey(pem: pem) else {
            throw SchemaError(description: "certificate: expected a PEM certificate with an RSA key")
        }
        return key
    }

    /// Troubles and faults that are in force from the start.
    private static func add(_ text: String, to troubles: Troubles, _ faults: FaultRoutes, _ schedule: ScheduleRoutes) throws {
        do {
            let (found, settings, later) = try TroubleReader.readAll(try JSONParser.parse(Array(text.utf8)))
            if let settings { try faults.set(settings) }
            if let later { try schedule.add(later) }
            for trouble in found { troubles.add(trouble) }
        } catch let error as OrgError {
            throw SchemaError(description: "trouble: \(error.message)")
        } catch let error as JSONError {
            throw SchemaError(description: "trouble: \(error.message) at line \(error.line), column \(error.column)")
        }
    }

    /// Brings the org back from its directory, if it has one.
    private static func storage(
        _ options: SandboxOptions, _ document: SchemaDocument, _ org: Org, _ sessions: Sessions
    ) throws(StorageError) -> OrgStorage? {
        guard let path = options.dataPath else { return nil }
        let directory = try DataDirectory(path: path)
        try directory.check(try DataBase(document: document, schema: org.schema, seed: options.seed))
        return try OrgStorage(directory: directory, org: org, sessions: sessions, limit: options.journalLimit)
    }

    private static func makeResponder(_ options: SandboxOptions, address: Address, clock: OrgClock) throws -> SandboxResponder {
        let document = if let path = options.schemaPath { try SchemaDocument.load(path: path) } else { try SchemaDocument.builtIn() }
        let (schema, rows) = try SchemaBuilder(document: document, rows: options.rows, seed: options.seed).build()
        let org = Org(
            schema: schema, rows: rows, seed: options.seed, retainedEvents: max(options.retainedEvents, 1),
            history: max(options.historyEntries, 0), clock: { clock.now })
        org.nameAdministrator()
        let sessions = Sessions(seconds: options.sessionSeconds, clock: org.clock)
        let usage = Usage(quota: options.apiQuota)
        let troubles = Troubles(seed: options.seed)
        var settings = BulkFaults.Settings()
        settings.timing.call = options.callLatency
        settings.timing.record = options.recordLatency
        let faults = BulkFaults(seed: options.seed, initial: settings)
        let first = options.dataPath == nil ? 0 : Int(clock.now) * 1000
        let jobs = BulkJobs(first: first)
        let cursors = QueryCursors(first: first)
        let instanceURL: @Sendable () -> String = { address.url }
        let oauth = OAuthRoutes(
            sessions: sessions, org: org, clock: org.clock, instanceURL: instanceURL, codes: AuthorizationCodes(),
            registered: try options.certificatePEM.map(Self.key), rotatesRefreshTokens: options.rotatesRefreshTokens)
        let records = RecordRoutes(org: org, faults: faults, recent: RecentRecords())
        let data = DataRoutes(
            org: org, sessions: sessions, usage: usage, describes: DescribeRoutes(org: org, instanceURL: instanceURL),
            queries: QueryRoutes(org: org, cursors: cursors, faults: faults),
            bulk: BulkQueryRoutes(
                org: org, jobs: jobs, delay: options.bulkDelay, pageRows: max(options.bulkPageRows, 1), faults: faults, usage: usage),
            ingest: BulkIngestRoutes(
                org: org, jobs: BulkIngestJobs(), ids: jobs, delay: options.bulkDelay, allowsHardDelete: options.allowsHardDelete,
                faults: faults, usage: usage),
            records: records, collections: CollectionRoutes(org: org, faults: faults), related: RelatedRoutes(org: org, records: records),
            layouts: LayoutRoutes(org: org, instanceURL: instanceURL), trees: TreeRoutes(org: org, faults: faults),
            searches: SearchRoutes(org: org),
            replication: ReplicationRoutes(org: org),
            limits: LimitRoutes(
                org: org, usage: usage,
                statistics: options.countsRecords ? RecordStatistics(org: org, maximumAge: max(options.recordCountSeconds, 0)) : nil),
            chatter: ChatterRoutes(org: org, instanceURL: instanceURL),
            identityURL: { oauth.identityURL })
        let clients = CometClients(org: org, idleSeconds: options.clientIdleSeconds, connectTimeout: options.connectTimeout)
        let faultRoutes = FaultRoutes(org: org, faults: faults, clock: clock, usage: usage)
        let schedule = ScheduleRoutes(schedule: CallSchedule())
        for text in options.troubles { try Self.add(text, to: troubles, faultRoutes, schedule) }
        let admin = AdminRoutes(
            org: org, usage: usage, troubles: troubles, sessions: sessions, cursors: cursors, faults: faultRoutes,
            streaming: StreamingRoutes(org: org, clients: clients), rules: RuleRoutes(org: org),
            schema: OrgSchemaRoutes(org: org, jobs: jobs), schedule: schedule, history: HistoryRoutes(org: org))
        return SandboxResponder(
            troubles: troubles, sessions: sessions, oauth: oauth,
            soap: SOAPRoutes(
                org: org, sessions: sessions, clock: org.clock, instanceURL: instanceURL, sessionSeconds: options.sessionSeconds,
                faults: faults),
            data: data,
            async: AsyncRoutes(
                org: org, sessions: sessions, usage: usage, faults: faults, jobs: AsyncJobs(), ids: jobs, delay: options.bulkDelay,
                allowsHardDelete: options.allowsHardDelete),
            admin: admin,
            comet: CometRoutes(clients: clients, sessions: sessions),
            usage: usage, compressionLevel: options.compressionLevel, schedule: schedule.schedule,
            storage: try storage(options, document, org, sessions), edge: EdgeHeaders(now: clock.now))
    }
}

/// The server's address, known only after it listens, and told in token answers.
final class Address: Sendable {
    private let text = Mutex("")

    var url: String { text.withLock { $0 } }

    func set(_ url: String) { text.withLock { $0 = url } }
}
