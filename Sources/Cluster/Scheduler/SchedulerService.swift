public import Catalog
import CoreMetrics
import Foundation
public import JobQueue
public import Logging
import Outlets
import Postgres
import Redaction
public import Secrets
public import ServiceLifecycle

/// Decides what is due and enqueues it. Several may run; the one that leads works, the others stand by. It never talks to Salesforce.
public struct SchedulerService: Service {
    /// How often the scheduler looks, and how far its safety nets reach.
    public struct Configuration: Sendable {
        /// The longest pause between two looks when nothing announces itself and nothing is known to become due earlier.
        public var interval = Duration.seconds(1)
        /// The shortest pause between two looks: what becomes due meanwhile is enqueued together.
        public var shortestInterval = Duration.milliseconds(200)
        /// A trigger log is looked at this often even when no notification came (Heroku Connect: two minutes).
        public var writeSafetyNet = Duration.seconds(120)

        /// The defaults.
        public init() {}
    }

    private let catalog: CatalogStore
    private let queue: JobQueue
    private let sealingKey: SealingKey
    @Redacted private var environment: [String: String]
    private let configuration: Configuration
    private let registration = WorkerRegistration(role: .scheduler)
    private let logger: Logger

    /// A scheduler over the control database.
    ///
    /// - Parameter environment: where connections that name a config var find their database.
    public init(
        catalog: CatalogStore, queue: JobQueue, sealingKey: SealingKey, environment: [String: String],
        configuration: Configuration = Configuration(),
        logger: Logger
    ) {
        self.catalog = catalog
        self.queue = queue
        self.sealingKey = sealingKey
        self.environment = environment
        self.configuration = configuration
        var logger = logger
        logger[metadataKey: "worker"] = "\(registration.name)"
        self.logger = logger
    }

    /// Runs until graceful shutdown.
    public func run() async throws {
        let signal = WakeSignal()
        let stopping = StopFlag(signal: signal)
        try await withGracefulShutdownHandler {
            try await lead(signal: signal, stopping: stopping)
        } onGracefulShutdown: {
            stopping.raise()
        }
    }

    private func lead(signal: WakeSignal, stopping: StopFlag) async throws {
        var configuration = queue.pool.configuration
        configuration.applicationName = "sluice scheduler lead"
        let leadership = Leadership(
            connection: try PostgresConnection(configuration: configuration), registration: registration, pool: queue.pool, logger: logger)
        let metrics = SchedulerMetrics(factory: MetricsSystem.factory)
        let watch = TriggerLogWatch(signal: signal, sealingKey: sealingKey, environment: environment, metrics: metrics, logger: logger)
        var leads = false
        var agenda = Agenda()
        var lastUpkeep = ContinuousClock.now - .seconds(3600)
        logger.info("Scheduler started")
        while !stopping.isRaised {
            do {
                // Whoever leads finds out that the lead is lost when it enqueues.
                let now = if leads { true } else { try await leadership.acquire() }
                if now != leads { logger.info(now ? "This scheduler leads" : "Another scheduler leads") }
                if now && !leads { for schedule in try StandingSchedules.all() { try await queue.setSchedule(schedule) } }
                let upkeepDue = now != leads || ContinuousClock.now - lastUpkeep > .seconds(3)
                leads = now
                metrics.leads(leads)
                if upkeepDue {
                    try await leadership.beat(leads: leads)
                    if leads { try await upkeep(leadership, watch) }
                    lastUpkeep = .now
                }
                if leads { agenda = try await metrics.measuringLook { try await enqueueDue(leadership, watch: watch, agenda) } }
            } catch {
                if stopping.isRaised { break }
                if leads { await watch.stopAll() }
                leads = false
                agenda = Agenda()
                metrics.leads(false)
                logger.warning("The scheduler cannot work, trying again", metadata: ["error": "\(error)"])
            }
            await signal.wait(for: leads ? agenda.pause : self.configuration.interval, clock: ContinuousClock())
        }
        await watch.stopAll()
        await leadership.resign()
        try? await registration.leave(queue.pool)
        logger.info("Scheduler stopped")
    }

    private func upkeep(_ leadership: Leadership, _ watch: TriggerLogWatch) async throws {
        try await catalog.describeUnserved()
        await watch.watch(try await catalog.connections().filter { $0.state.allowsSync })
        do {
            let unread = try await leadership.connection.withSession { session in
                guard try Leadership.holds(session) else { throw PostgresError(code: .connectionLost, message: "the lead was lost") }
                try CatalogStore.pacePolls(in: session)
                try CatalogStore.enqueueDueVerifications(in: session)
                try CatalogStore.enqueueDueRefreshes(in: session)
                return try CatalogStore.readUnread(in: session)
            }
            if unread > 0 { logger.warning("Mappings were left without polls and loads", metadata: ["mappings": "\(unread)"]) }
        } catch let error as PostgresError where error.code == .server || error.code == .timedOut {
            // What is due must not wait for this.
            logger.warning("Mappings that nobody reads could not be looked for", metadata: ["error": "\(error)"])
        }
    }

    /// When to look again.
    private struct Agenda {
        /// For mappings and schedules that are due.
        var due = ContinuousClock.now
        /// For connections whose trigger log is to be looked at.
        var writes = ContinuousClock.now

        var pause: Duration { max(.zero, min(due, writes) - .now) }
    }

    /// Enqueues what is due, on the session that holds the lead; an announcement that comes between two looks costs no more than its own write.
    private func enqueueDue(_ leadership: Leadership, watch: TriggerLogWatch, _ agenda: Agenda) async throws -> Agenda {
        let announced = watch.takeAnnounced()
        do {
            return try await leadership.connection.withSession { [configuration] session in
                // Reopening the connection loses the lock, and with it the right to enqueue.
                guard try Leadership.holds(session) else { throw PostgresError(code: .connectionLost, message: "the lead was lost") }
                var agenda = agenda
                if agenda.due <= .now {
                    let began = ContinuousClock.now
                    try DueWork.enqueuePolls(in: session)
                    try DueWork.enqueueArchives(in: session)
                    try JobQueue.fireSchedules(in: session)
                    try CatalogStore.enqueueDueDeliveries(in: session)
                    agenda.due = max(
                        began + configuration.shortestInterval, .now + (try DueWork.pause(atMost: configuration.interval, in: session)))
                }
                if agenda.writes <= .now || !announced.isEmpty {
                    try DueWork.enqueueWrites(announced: announced, safetyNet: configuration.writeSafetyNet, in: session)
                    agenda.writes = .now + configuration.interval
                }
                return agenda
            }
        } catch {
            watch.putBack(announced)
            throw error
        }
    }
}
