import CoreMetrics

extension SchedulerService {
    /// What the metrics of a scheduler mean, by name.
    public static let metricHelp = [
        "sluice_scheduler_leads": "Whether this scheduler leads.",
        "sluice_scheduler_look_seconds": "How long looks for due work took, with enqueueing it.",
        "sluice_scheduler_looks_failed_total": "Looks for due work that failed.",
    ]
}

/// What a scheduler counts and measures.
struct SchedulerMetrics: Sendable {
    private let leading: Meter
    private let look: CoreMetrics.Timer
    private let failed: Counter
    private let wanted: Meter
    private let connected: Meter

    init(factory: any MetricsFactory) {
        leading = Meter(label: "sluice_scheduler_leads", factory: factory)
        look = Timer(label: "sluice_scheduler_look_seconds", dimensions: [], factory: factory)
        failed = Counter(label: "sluice_scheduler_looks_failed_total", factory: factory)
        wanted = Meter(label: "sluice_listeners_wanted", factory: factory)
        connected = Meter(label: "sluice_listeners_connected", factory: factory)
        leading.set(0)
        wanted.set(0)
        connected.set(0)
    }

    func leads(_ leads: Bool) { leading.set(leads ? 1 : 0) }

    /// Listeners on target databases: those that should be, and those that are.
    func listeners(wanted: Int, connected: Int) {
        self.wanted.set(wanted)
        self.connected.set(connected)
    }

    func measuringLook<Value>(_ body: () async throws -> Value) async throws -> Value {
        let started = ContinuousClock.now
        do {
            let value = try await body()
            let (seconds, attoseconds) = (ContinuousClock.now - started).components
            look.recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
            return value
        } catch {
            failed.increment()
            throw error
        }
    }
}
