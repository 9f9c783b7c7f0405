import Eventually
import Foundation
import HTTPTransport
import HTTPTypes
import Logging
import OTLP
import RawHTTPServer
import Synchronization
import Testing
import Tracing

@Suite("Spans on their way to a collector")
struct ExporterTests {
    /// A collector on a real socket, and the tracer that sends to it.
    fileprivate final class Collector: Sendable {
        let tracer: OTLPTracer
        fileprivate let server: RawHTTPServer
        fileprivate let exporter: SpanExporter
        fileprivate let client = HTTPClient(configuration: HTTPClientConfiguration(proxy: .none))
        private let requests: Received

        private final class Received: Sendable {
            let all = Mutex<[(head: String, body: [UInt8])]>([])
        }

        init(ratio: Double = 1, status: Int = 200) throws {
            let requests = Received()
            self.requests = requests
            server = try RawHTTPServer(answering: { request in
                requests.all.withLock { $0.append((request.header("X-Key") ?? "", request.body)) }
                return RawAnswer(status)
            })
            var configuration = SpanExporter.Configuration(
                endpoint: "http://127.0.0.1:\(server.port)/v1/traces", headers: [try #require(HTTPField.Name("X-Key")): "the key"],
                resource: ["service.name": "sluice-test"], version: "1.2.3")
            configuration.interval = .milliseconds(20)
            exporter = SpanExporter(
                configuration: configuration, client: client, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            tracer = OTLPTracer(exporter: exporter, ratio: ratio)
        }

        static func with(ratio: Double = 1, status: Int = 200, _ body: (Collector) async throws -> Void) async throws {
            let collector = try Collector(ratio: ratio, status: status)
            let run = Task { await collector.exporter.run() }
            try await body(collector)
            run.cancel()
            await run.value
            collector.client.shutdown()
            collector.server.stop()
        }

        var keys: [String] { requests.all.withLock { $0.map(\.head) } }

        /// All spans so far, as JSON.
        func spans() throws -> [[String: Any]] {
            try requests.all.withLock { $0.map(\.body) }.flatMap { body -> [[String: Any]] in
                let document = try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
                let resources = try #require(document["resourceSpans"] as? [[String: Any]])
                return try resources.flatMap { resource in
                    try #require(resource["scopeSpans"] as? [[String: Any]]).flatMap { $0["spans"] as? [[String: Any]] ?? [] }
                }
            }
        }
    }

    @Test("have their trace, their parent, times, attributes and links, as OTLP's JSON has them")
    func document() async throws {
        try await Collector.with { collector in
            let tracer = collector.tracer
            var context = InstrumentationContext.topLevel
            context.traceParent = TraceParent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
            struct Refused: Error {}
            try? tracer.withSpan("outer", context: context, ofKind: .consumer) { outer in
                outer.attributes["job"] = 17
                outer.attributes["kind"] = "poll \"x\"\n"
                try tracer.withSpan("inner", ofKind: .client) { inner in
                    inner.addLink(SpanLink(context: context, attributes: [:]))
                    throw Refused()
                }
            }
            try await eventually { try collector.spans().count == 2 }
            let spans = try collector.spans()
            let outer = try #require(spans.first { $0["name"] as? String == "outer" })
            let inner = try #require(spans.first { $0["name"] as? String == "inner" })
            for span in spans { #expect(span["traceId"] as? String == "4bf92f3577b34da6a3ce929d0e0e4736") }
            #expect(outer["parentSpanId"] as? String == "00f067aa0ba902b7")
            #expect(inner["parentSpanId"] as? String == outer["spanId"] as? String)
            #expect(outer["kind"] as? Int == 5 && inner["kind"] as? Int == 3)
            let attributes = try #require(outer["attributes"] as? [[String: Any]])
            #expect(attributes.compactMap { $0["key"] as? String } == ["job", "kind"])
            #expect((attributes[0]["value"] as? [String: String])?["intValue"] == "17")
            #expect((attributes[1]["value"] as? [String: String])?["stringValue"] == "poll \"x\"\n")
            #expect((inner["links"] as? [[String: String]])?.first?["spanId"] == "00f067aa0ba902b7")
            #expect((inner["status"] as? [String: Any])?["code"] as? Int == 2)
            let times = try ["startTimeUnixNano", "endTimeUnixNano"].map { key in
                try #require((inner[key] as? String).flatMap { UInt64($0) })
            }
            #expect(times[0] <= times[1] && times[0] > 1_600_000_000_000_000_000)
            #expect(collector.keys.allSatisfy { $0 == "the key" })
        }
    }

    @Test("are made only of traces that are recorded; what others began is as they have it")
    func sampling() async throws {
        try await Collector.with(ratio: 0) { collector in
            collector.tracer.withSpan("not recorded", context: .topLevel) { span in
                #expect(!span.isRecording)
                #expect(span.context.traceParent?.isSampled == false)
            }
            var context = InstrumentationContext.topLevel
            context.traceParent = TraceParent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
            collector.tracer.withSpan("recorded", context: context) { _ in }
            try await eventually { try collector.spans().count == 1 }
            #expect(try collector.spans().first?["name"] as? String == "recorded")
        }
    }

    @Test("hold nobody up when the collector refuses them or there are too many")
    func refused() async throws {
        try await Collector.with(status: 503) { collector in
            let began = ContinuousClock.now
            for number in 0..<50_000 { collector.tracer.withSpan("span \(number)", context: .topLevel) { _ in } }
            #expect(ContinuousClock.now - began < .seconds(20))
            try await eventually { !collector.keys.isEmpty }
        }
    }

    @Test("that have not been sent when the process ends are sent then")
    func last() async throws {
        let collector = try Collector()
        collector.tracer.withSpan("last", context: .topLevel) { _ in }
        try await collector.runOnce()
        #expect(try collector.spans().count == 1)
    }
}

extension ExporterTests.Collector {
    /// Runs the exporter as a process that was asked to stop at once.
    fileprivate func runOnce() async throws {
        let run = Task { await exporter.run() }
        run.cancel()
        await run.value
        client.shutdown()
        server.stop()
    }
}
