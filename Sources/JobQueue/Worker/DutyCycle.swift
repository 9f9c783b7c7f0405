/// Keeps something costly to a twentieth of the time: what took too long rests for twenty times as long, unless told otherwise.
struct DutyCycle {
    private let times: Int
    private var until: ContinuousClock.Instant?

    /// - Parameter times: how many times as long as it took too long it rests.
    init(times: Int = 20) {
        self.times = times
    }

    /// Whether it took too long the last time.
    var wasSlow: Bool { until != nil }

    /// Whether it may be done again.
    var isOver: Bool { until.map { $0 <= .now } ?? true }

    /// It was done, just now.
    ///
    /// - Parameter sharers: how many do it by turns, each of whom rests for as much longer.
    mutating func note(_ took: Duration, allowed: Duration, sharers: Int = 1) {
        until = took > allowed ? .now + took * times * max(1, sharers) : nil
    }

    /// It may be done again, whatever it takes.
    mutating func end() { if wasSlow { until = .now } }
}
