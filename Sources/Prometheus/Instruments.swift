import CoreMetrics
import Synchronization

/// A counter of the façade; its fractions are kept.
final class CounterInstrument: CounterHandler, FloatingPointCounterHandler {
    private let state = Mutex(0.0)

    func increment(by amount: Int64) { increment(by: Double(amount)) }

    func increment(by amount: Double) {
        guard amount > 0 else { return }
        state.withLock { $0 += amount }
    }

    func reset() { state.withLock { $0 = 0 } }

    var value: Double { state.withLock { $0 } }
}

/// A gauge or a meter of the façade.
final class GaugeInstrument: MeterHandler, RecorderHandler {
    private let state = Mutex(0.0)

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { state.withLock { $0 = value } }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func increment(by amount: Double) { state.withLock { $0 += amount } }
    func decrement(by amount: Double) { state.withLock { $0 -= amount } }

    var value: Double { state.withLock { $0 } }
}

/// A timer, in seconds, or a recorder of the façade: counts values by how large they are.
final class HistogramInstrument: TimerHandler, RecorderHandler {
    /// The upper bounds of the buckets, ascending; there is one more without a bound.
    let bounds: [Double]
    private let state: Mutex<State>

    struct State {
        var counts: [Int]
        var sum = 0.0
    }

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard !value.isNaN else { return }
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[bucket] += 1
            state.sum += value
        }
    }

    var values: State { state.withLock { $0 } }
}
