/// How fast jobs have been ending, over the last moments.
struct CompletionRate {
    private static let stretch = Duration.milliseconds(200)

    private var began = ContinuousClock.now
    private var ends = 0
    private var perSecond = 0.0

    /// A job has ended.
    mutating func count() {
        ends += 1
        measure()
    }

    /// How many end in this time, at the pace of the last moments.
    mutating func jobs(in time: Duration) -> Int {
        measure()
        return Int(perSecond * (time / .seconds(1)))
    }

    private mutating func measure() {
        let elapsed = ContinuousClock.now - began
        guard elapsed >= Self.stretch else { return }
        perSecond = Double(ends) / (elapsed / .seconds(1))
        ends = 0
        began = .now
    }
}
