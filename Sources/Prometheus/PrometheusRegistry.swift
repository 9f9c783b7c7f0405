public import CoreMetrics
import Synchronization

/// What a process has counted and measured.
public final class PrometheusRegistry: MetricsFactory, Sendable {
    /// Upper bounds in seconds, from a statement in memory to a long job.
    public static let durations = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800]

    private let state = Mutex(State())

    private struct State {
        var families: [String: Instruments] = [:]
        var descriptions: [String: MetricDescription] = [:]
        var collectors: [Collector] = []
    }

    private struct Instruments {
        let kind: MetricFamily.Kind
        var series: [[MetricFamily.Label]: any AnyObject & Sendable] = [:]
    }

    /// A registry that knows nothing yet.
    public init() {}

    /// Says what metrics mean. A metric that nobody describes is shown without help and, if it is a distribution, with buckets of durations.
    public func describe(_ descriptions: [MetricDescription]) {
        state.withLock { state in
            for description in descriptions { state.descriptions[MetricText.name(description.name)] = description }
        }
    }

    /// Adds what is asked for families of its own when somebody looks.
    public func add(_ collector: Collector) {
        state.withLock { $0.collectors.append(collector) }
    }

    /// Everything, in Prometheus' text format.
    public func text() async -> String {
        var families = own()
        for collector in state.withLock({ $0.collectors }) { families += await collector.families() }
        return MetricText.write(families)
    }

    private func own() -> [MetricFamily] {
        state.withLock { state in
            state.families.map { name, instruments in
                MetricFamily(
                    name: name, help: state.descriptions[name]?.help ?? "", kind: instruments.kind,
                    samples: instruments.series.sorted { Self.order($0.key) < Self.order($1.key) }.flatMap {
                        Self.samples($0.value, labels: $0.key)
                    })
            }
        }
    }

    private static func order(_ labels: [MetricFamily.Label]) -> String { labels.map(\.value).joined(separator: "\u{0}") }

    private static func samples(_ instrument: any AnyObject & Sendable, labels: [MetricFamily.Label]) -> [MetricFamily.Sample] {
        switch instrument {
        case let counter as CounterInstrument: return [.init(counter.value, labels: labels)]
        case let gauge as GaugeInstrument: return [.init(gauge.value, labels: labels)]
        case let histogram as HistogramInstrument:
            let values = histogram.values
            var count = 0
            let buckets = zip(histogram.bounds + [.infinity], values.counts).map { bound, inside in
                count += inside
                return MetricFamily.Sample(Double(count), labels: labels + [.init("le", MetricText.number(bound))], suffix: "_bucket")
            }
            return buckets + [
                .init(values.sum, labels: labels, suffix: "_sum"), .init(Double(count), labels: labels, suffix: "_count"),
            ]
        default: return []
        }
    }

    /// The instrument of a name and labels: the same for everybody who asks. One whose name is taken by a metric of another kind is given an
    /// instrument that nobody sees, since a family is of one kind.
    private func instrument<Instrument: AnyObject & Sendable>(
        _ label: String, _ dimensions: [(String, String)], _ kind: MetricFamily.Kind, make: (MetricDescription?) -> Instrument
    ) -> Instrument {
        let name = MetricText.name(label)
        let labels = dimensions.map { MetricFamily.Label(MetricText.name($0.0).replacing(":", with: "_"), $0.1) }
        return state.withLock { state in
            let family = state.families[name] ?? Instruments(kind: kind)
            if family.kind == kind, let known = family.series[labels] as? Instrument { return known }
            let new = make(state.descriptions[name])
            guard family.kind == kind, family.series[labels] == nil else { return new }
            state.families[name, default: family].series[labels] = new
            return new
        }
    }

    private func destroy(_ handler: AnyObject) {
        state.withLock { state in
            for (name, family) in state.families {
                for (labels, instrument) in family.series where instrument === handler { state.families[name]?.series[labels] = nil }
            }
        }
    }

    // MARK: - MetricsFactory

    /// A counter of a name and labels: the same for everybody who asks.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        instrument(label, dimensions, .counter) { _ in CounterInstrument() }
    }

    /// A counter that takes fractions.
    public func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
        instrument(label, dimensions, .counter) { _ in CounterInstrument() }
    }

    /// A gauge that is set, raised and lowered.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        instrument(label, dimensions, .gauge) { _ in GaugeInstrument() }
    }

    /// A distribution, or with `aggregate` false a gauge.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else { return instrument(label, dimensions, .gauge) { _ in GaugeInstrument() } }
        return instrument(label, dimensions, .histogram) { HistogramInstrument(bounds: $0?.buckets ?? Self.durations) }
    }

    /// A distribution of durations, in seconds.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        instrument(label, dimensions, .histogram) { HistogramInstrument(bounds: $0?.buckets ?? Self.durations) }
    }

    /// Forgets a counter.
    public func destroyCounter(_ handler: any CounterHandler) { destroy(handler) }
    /// Forgets a counter.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { destroy(handler) }
    /// Forgets a gauge.
    public func destroyMeter(_ handler: any MeterHandler) { destroy(handler) }
    /// Forgets a distribution or a gauge.
    public func destroyRecorder(_ handler: any RecorderHandler) { destroy(handler) }
    /// Forgets a distribution.
    public func destroyTimer(_ handler: any TimerHandler) { destroy(handler) }
}
