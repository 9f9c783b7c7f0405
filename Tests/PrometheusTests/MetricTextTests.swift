import CoreMetrics
import Eventually
import Prometheus
import Synchronization
import Testing

@Suite("Prometheus' text format")
struct MetricTextTests {
    @Test("families as the format has them, in the order of their names")
    func golden() {
        let text = MetricText.write([
            MetricFamily(
                name: "jobs", help: "Jobs, \"live\" ones:\nback\\slash.", kind: .gauge,
                samples: [
                    .init(3, labels: [.init("kind", "a\"b\\c\nd"), .init("state", "ready")]), .init(0.25, labels: [.init("kind", "é")]),
                ]),
            MetricFamily(name: "empty", help: "Nothing.", kind: .counter, samples: []),
            MetricFamily(name: "a_total", help: "All.", kind: .counter, samples: [.init(12_345_678_901), .init(.infinity), .init(.nan)]),
        ])
        #expect(
            text == """
                # HELP a_total All.
                # TYPE a_total counter
                a_total 12345678901
                a_total +Inf
                a_total NaN
                # HELP jobs Jobs, "live" ones:\\nback\\\\slash.
                # TYPE jobs gauge
                jobs{kind="a\\"b\\\\c\\nd",state="ready"} 3
                jobs{kind="é"} 0.25

                """)
    }

    @Test("what the façade counts and measures, with its labels")
    func instruments() async throws {
        let registry = PrometheusRegistry()
        registry.describe([MetricDescription("run.seconds", "How long.", buckets: [0.1, 1]), MetricDescription("done_total", "Done.")])
        for kind in ["poll", "load"] {
            let counter = Counter(label: "done_total", dimensions: [("kind", kind)], factory: registry)
            counter.increment(by: 2)
            Counter(label: "done_total", dimensions: [("kind", kind)], factory: registry).increment()
        }
        let timer = Timer(label: "run.seconds", dimensions: [], factory: registry)
        for milliseconds in [50, 100, 500, 5000] { timer.recordMilliseconds(milliseconds) }
        let meter = Meter(label: "slots", factory: registry)
        meter.set(4)
        meter.increment(by: 2)
        meter.decrement(by: 1)
        Gauge(label: "level", dimensions: [], factory: registry).record(-1.5)
        FloatingPointCounter(label: "share_total", factory: registry).increment(by: 0.5)
        // A name is of one kind: what comes second under it is not shown, and does no harm.
        Meter(label: "done_total", factory: registry).set(9)
        #expect(
            await registry.text() == """
                # HELP done_total Done.
                # TYPE done_total counter
                done_total{kind="load"} 3
                done_total{kind="poll"} 3
                # HELP level \("")
                # TYPE level gauge
                level -1.5
                # HELP run_seconds How long.
                # TYPE run_seconds histogram
                run_seconds_bucket{le="0.1"} 2
                run_seconds_bucket{le="1"} 3
                run_seconds_bucket{le="+Inf"} 4
                run_seconds_sum 5.65
                run_seconds_count 4
                # HELP share_total \("")
                # TYPE share_total counter
                share_total 0.5
                # HELP slots \("")
                # TYPE slots gauge
                slots 5

                """)
        timer.destroy()
        meter.destroy()
        let text = await registry.text()
        #expect(!text.contains("run_seconds") && !text.contains("slots") && text.contains("level"))
    }

    @Test("many at once count nothing twice and lose nothing")
    func concurrent() async {
        let registry = PrometheusRegistry()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    for _ in 0..<1000 {
                        Counter(label: "n_total", factory: registry).increment()
                        Timer(label: "t", dimensions: [], factory: registry).recordNanoseconds(1)
                    }
                }
            }
        }
        let text = await registry.text()
        #expect(text.contains("\nn_total 16000\n") && text.contains("\nt_count 16000\n"))
    }

    @Test("a collector is asked once for many looks at once, and again only when its answer has grown old")
    func collector() async throws {
        let asked = Atomic<Int>(0)
        let registry = PrometheusRegistry()
        let clock = HeldClock()
        let collector = Collector(pause: .seconds(5), clock: clock) { [] in
            let count = asked.add(1, ordering: .relaxed).newValue
            return [MetricFamily(name: "asked", help: "", kind: .gauge, samples: [.init(Double(count))])]
        }
        registry.add(collector)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<20 { group.addTask { #expect(await registry.text().contains("asked 1\n")) } }
        }
        clock.release()
        try await eventually { await registry.text().contains("asked 2\n") }
        #expect(asked.load(ordering: .relaxed) == 2)
    }

    @Test("what Linux tells of the process")
    func process() async throws {
        let registry = PrometheusRegistry()
        registry.add(.process())
        let text = await registry.text()
        for name in ["process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds", "process_start_time_seconds"] {
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(name + " ") })
            #expect(try #require(Double(line.dropFirst(name.count + 1))) > 0)
        }
    }
}

/// Time that stands still until it is let go, and then only for the first who sleeps, whether that was before or after.
private final class HeldClock: Clock, Sendable {
    private let (releases, continuation) = AsyncStream<Void>.makeStream()
    private let sleepers = Atomic<Int>(0)

    var now: ContinuousClock.Instant { .now }
    var minimumResolution: Duration { .zero }

    func sleep(until deadline: ContinuousClock.Instant, tolerance: Duration?) async throws {
        guard sleepers.add(1, ordering: .relaxed).oldValue == 0 else { return try await Task.sleep(for: .seconds(3600)) }
        for await _ in releases { return }
    }

    func release() { continuation.yield() }
}
