/// Asks for families when somebody looks, but not more often than once in a while: whoever looks in between is told the last answer.
public actor Collector {
    private let pause: Duration
    private let clock: any Clock<Duration>
    private let collect: @Sendable () async -> [MetricFamily]
    private var last: [MetricFamily] = []
    private var isFresh = false
    private var asking: Task<[MetricFamily], Never>?

    /// A collector.
    ///
    /// - Parameters:
    ///   - pause: how long an answer holds.
    ///   - collect: must end in a few seconds, whatever it asks.
    public init(pause: Duration, clock: any Clock<Duration> = ContinuousClock(), collect: @escaping @Sendable () async -> [MetricFamily]) {
        self.pause = pause
        self.clock = clock
        self.collect = collect
    }

    func families() async -> [MetricFamily] {
        if let asking { return await asking.value }
        if isFresh { return last }
        let asking = Task { await collect() }
        self.asking = asking
        last = await asking.value
        self.asking = nil
        isFresh = true
        Task {
            try? await clock.sleep(for: pause)
            isFresh = false
        }
        return last
    }
}
