/// The HTTP side: Heroku Connect's API version 3 with its discovery service, sessions, and what `Monitoring` tells.
///
/// `APIServer` builds a Hummingbird application out of route groups: `ConnectionRoutes`, `MappingRoutes`, `JournalRoutes`, `JobRoutes` and
/// `DiscoveryRoutes` speak JSON to whoever bears a token; whoever starts the server may add pages that act through them. The module
/// reads records and enqueues jobs through `Catalog` and `JobQueue`; how a job does its work it does not know. Of a target database it
/// only ever reads the trigger log's failed rows.
public import Accounts
package import Catalog
public import Foundation
import Hummingbird
package import Logging
import MappedSchema
public import Monitoring
public import Outlets
import Postgres
public import Prometheus
public import Redaction
package import Secrets
public import ServiceLifecycle
public import WebServer

/// Where the API listens and how it is reached.
public struct APIConfiguration: Sendable {
    /// The address to listen on.
    public var host: String
    /// The port; 0 lets the system choose.
    public var port: Int
    /// How clients reach this server, such as `https://sluice.example.com`; nil takes it from each request.
    public var publicURL: String?
    /// Environment variables, in which connections find their databases.
    @Redacted public var environment: [String: String]
    /// What `/metrics` tells.
    public var metrics: MetricsConfiguration
    /// What strangers may take of the server.
    public var limits: ServerLimits
    /// Where the server says it is.
    public var region: Region
    /// How long a request waits for a worker's answer before it says that there is none yet.
    public var patience: Duration
    /// How often anybody may ask.
    public var rates: RateLimits
    /// What is not served here, such as on a port that everybody reaches.
    public var hidden: Set<HiddenPart>
    /// Which login hosts of Salesforce people may name.
    public var loginHosts: LoginHost.Rules
    /// Whether the process can do its work; nil for whether its database can.
    public var readiness: Readiness?
    /// The installation's own External Client App.
    public var app: ExternalClientApp?
    /// What operators allow outlets to be.
    public var outlets = OutletConfiguration()
    /// The time, by which the date inside a session's seal is judged.
    public var now: @Sendable () -> Date

    /// Where to listen.
    public init(
        host: String = "0.0.0.0", port: Int = 8080, publicURL: String? = nil, environment: [String: String] = [:],
        metrics: MetricsConfiguration = MetricsConfiguration(registry: PrometheusRegistry()), limits: ServerLimits = ServerLimits(),
        region: Region = .selfHosted, patience: Duration = .seconds(8), rates: RateLimits = RateLimits(), hidden: Set<HiddenPart> = [],
        loginHosts: LoginHost.Rules? = nil, readiness: Readiness? = nil, app: ExternalClientApp? = nil,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.metrics = metrics
        self.limits = limits
        self.region = region
        self.patience = patience
        self.now = now
        self.host = host
        self.port = port
        self.app = app
        self.readiness = readiness
        self.rates = rates
        self.hidden = hidden
        let isPrivate = publicURL.flatMap { URL(string: $0)?.host(percentEncoded: false) }.map(Loopback.contains) ?? true
        self.loginHosts = loginHosts ?? LoginHost.Rules(allowsLoopback: isPrivate)
        self.publicURL = publicURL.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        self.environment = environment
    }
}

/// The server as a service of the process.
public struct APIServer: Service {
    private static let start = ContinuousClock.now
    private let context: APIServices
    private let pages: Pages?
    private let onRunning: @Sendable (Int) async -> Void

    /// Pages beside the API, which act through its routes.
    package typealias Pages = @Sendable (CatalogStore, InnerAPI, Logger) -> any RouteGroup

    /// A server over the control database.
    ///
    /// - Parameters:
    ///   - signIn: who can call Salesforce for people who sign a connection in.
    ///   - pages: the dashboard, or nil to serve the API alone.
    ///   - onRunning: is told the port once the server accepts connections.
    package init(
        catalog: CatalogStore, sealingKey: SealingKey, configuration: APIConfiguration, signIn: (any OrgSignIn)? = nil,
        pages: Pages? = nil, logger: Logger,
        onRunning: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        context = APIServices(
            catalog: catalog, sealingKey: sealingKey, configuration: configuration,
            addresses: ConnectionAddresses(sealingKey: sealingKey, environment: configuration.environment),
            targets: TargetPools(
                // A person waits for the answer.
                use: .init(
                    applicationName: "sluice api", poolSize: 2, patience: .seconds(5), connectTimeout: .seconds(3),
                    statementTimeout: .seconds(5)), logger: logger), signIn: signIn,
            rates: RequestRates(now: { ContinuousClock.now - Self.start }),
            events: LiveFeed(catalog: catalog, pace: JournalSource.pace, logger: logger) { try await JournalSource(catalog: catalog) },
            readiness: configuration.readiness ?? Readiness(pool: catalog.pool), logger: logger)
        self.pages = pages
        self.onRunning = onRunning
    }

    /// Serves until the process is asked to stop; requests under way are answered first, as far as `ServerLimits.drain` lets them.
    ///
    /// - Throws: when the port is taken.
    public func run() async throws {
        let (router, pages) = router()
        let server = GuardedServer(
            responder: MethodOverrideResponder(next: KnownMethodResponder(next: router.buildResponder())),
            host: context.configuration.host,
            port: context.configuration.port, limits: context.configuration.limits, logger: context.logger, onRunning: onRunning)
        do {
            // Streams have no end of their own.
            try await withGracefulShutdownHandler {
                try await server.run()
            } onGracefulShutdown: { [events = context.events] in
                Task {
                    await events.close()
                    await pages?.close()
                }
            }
            await pages?.close()
            await close()
        } catch {
            await pages?.close()
            await close()
            throw error
        }
    }

    private func close() async {
        await context.events.close()
        await context.targets.close()
    }

    /// What this server answers, and to whom.
    var routes: [RouteRecord] {
        let table = RouteTable(router: Router(), keeper: GateKeeper(services: context), hidden: context.configuration.hidden)
        addRoutes(to: table)
        return table.routes
    }

    /// What the routes say of themselves.
    var documentation: [RouteDocumentation] {
        documentation(
            with: addRoutes(to: RouteTable(router: Router(), keeper: GateKeeper(services: context), hidden: context.configuration.hidden)))
    }

    private func documentation(with pages: (any RouteGroup)?) -> [RouteDocumentation] {
        (groups + [pages].compactMap(\.self)).flatMap { type(of: $0).documentation } + DocumentationRoutes.documentation
    }

    private func router() -> (Router<BasicRequestContext>, pages: (any RouteGroup)?) {
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.add(middleware: TracingMiddleware())
        router.add(middleware: ErrorMiddleware())
        let table = RouteTable(router: router, keeper: GateKeeper(services: context), hidden: context.configuration.hidden)
        return (router, addRoutes(to: table))
    }

    /// The API's own routes, in the order in which readers of their documentation find them.
    private var groups: [any RouteGroup] {
        let services = context
        return [
            DiscoveryRoutes(services: services), ConnectionRoutes(services: services), MappingRoutes(services: services),
            SchemaRoutes(services: services), ValidationRoutes(services: services), VersionRoutes(services: services),
            AdoptionRoutes(services: services), ExternalObjectRoutes(services: services), JournalRoutes(services: services),
            WriteSwitchRoutes(services: services), JobRoutes(services: services), SignInRoutes(services: services),
            OwnAccountRoutes(services: services), UserRoutes(services: services), AccessRoutes(services: services),
            AppDatabaseRoutes(services: services), LogRoutes(services: services), ActivityRoutes(services: services),
            AuditRoutes(services: services), QueueRoutes(services: services), AbortRoute(services: services),
            PollAllowanceRoute(services: services), OutletRoutes(services: services), FailedChangeRoutes(services: services),
            RowRoutes(services: services), SupportedObjectRoutes(services: services), VerifyRoutes(services: services),
            ConnectionLifeRoutes(services: services), TargetSchemaRoutes(services: services), WriteLagRoute(services: services),
            HealthRoutes(readiness: services.readiness), MetricsRoute(configuration: services.configuration.metrics),
            SessionRoutes(services: services),
        ]
    }

    /// Everything that this server answers, each route behind its gate.
    ///
    /// - Returns: the pages among them.
    @discardableResult
    private func addRoutes(to table: RouteTable) -> (any RouteGroup)? {
        for group in groups { group.add(to: table) }
        let pages = self.pages.map { $0(context.catalog, table.inner, context.logger) }
        pages?.add(to: table)
        DocumentationRoutes(services: context, documentation: documentation(with: pages)).add(to: table)
        return pages
    }
}
