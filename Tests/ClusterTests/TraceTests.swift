import Eventually
import Foundation
import HTTPTransport
import HTTPTypes
import RawHTTPServer
import Synchronization
import TestDatabase
import Testing

@Suite("Traces of real processes")
struct TraceTests {
    private struct Span {
        let trace, id, parent, name: String
        let start, end: UInt64
        let links: [String]
        let attributes: [String: String]
    }

    /// A collector on a real socket.
    private final class Collector: Sendable {
        let server: RawHTTPServer
        private let bodies: Bodies

        private final class Bodies: Sendable {
            let all = Mutex<[[UInt8]]>([])
        }

        init() throws {
            let bodies = Bodies()
            self.bodies = bodies
            server = try RawHTTPServer(answering: { request in
                bodies.all.withLock { $0.append(request.body) }
                return RawAnswer(200)
            })
        }

        var variables: [String: String?] { ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:\(server.port)"] }

        func spans() throws -> [Span] {
            try bodies.all.withLock { $0 }.flatMap { body -> [Span] in
                let document = try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
                let scopes = (document["resourceSpans"] as? [[String: Any]] ?? []).flatMap { $0["scopeSpans"] as? [[String: Any]] ?? [] }
                return scopes.flatMap { $0["spans"] as? [[String: Any]] ?? [] }.map { span in
                    func text(_ key: String) -> String { span[key] as? String ?? "" }
                    let pairs = (span["attributes"] as? [[String: Any]] ?? []).map { attribute in
                        (
                            attribute["key"] as? String ?? "",
                            (attribute["value"] as? [String: Any])?.values.first.map { "\($0)" } ?? ""
                        )
                    }
                    return Span(
                        trace: text("traceId"), id: text("spanId"), parent: text("parentSpanId"), name: text("name"),
                        start: UInt64(text("startTimeUnixNano")) ?? 0, end: UInt64(text("endTimeUnixNano")) ?? 0,
                        links: (span["links"] as? [[String: String]] ?? []).compactMap { $0["spanId"] },
                        attributes: Dictionary(pairs) { $1 })
                }
            }
        }
    }

    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"

    @Test(
        "a request of an application, the jobs that come of it and their calls to Salesforce are one trace; no call is longer than its job"
    )
    func oneTrace() async throws {
        try await ClusterWorld.with { world in
            let collector = try Collector()
            defer { collector.server.stop() }
            let synced = try await SyncedWorld(
                world, target: world.database.url, collector.variables, headers: [.traceparent: "00-\(Self.trace)-00f067aa0ba902b7-01"])
            let processes = try synced.start(collector.variables)
            try await world.reaches(1, "SELECT count(*) FROM sluice.mappings WHERE state = 'DATA_SYNCED'")
            func spans(_ name: String, under parent: String) throws -> [Span] {
                try collector.spans().filter { $0.trace == Self.trace && $0.parent == parent && $0.name.hasPrefix(name) }
            }
            try await eventually("request, jobs and call are traced") {
                guard let request = try spans("POST /api/v3/", under: "00f067aa0ba902b7").first,
                    let imported = try spans("job import", under: request.id).first
                else { return false }
                // A load is run again whenever there is something to look at.
                let loads = try spans("job load", under: imported.id).map { ($0, try spans("Salesforce ", under: $0.id)) }
                return loads.contains { !$1.isEmpty }
                    && loads.allSatisfy { load, calls in
                        calls.allSatisfy { $0.start >= load.start && $0.end <= load.end } && load.attributes["sluice.attempt"] == "1"
                            && load.attributes["sluice.connection"] == synced.connection.lowercased()
                    }
            }
            #expect(
                try await world.number(
                    "SELECT count(*) FROM sluice.all_jobs WHERE kind = 'load' AND args->>'traceparent' LIKE '00-\(Self.trace)-%'") == 1)
            try await synced.stop(processes)
        }
    }

    @Test("an attempt is linked to the one that failed before it")
    func retries() async throws {
        try await ClusterWorld.with { world in
            let collector = try Collector()
            defer { collector.server.stop() }
            let synced = try await SyncedWorld(world, target: world.database.url)
            _ = try synced.start(collector.variables)
            try await world.reaches(1, "SELECT count(*) FROM sluice.mappings WHERE state = 'DATA_SYNCED'")
            synced.org.send(SIGTERM)
            _ = try await synced.org.exitStatus()
            try await eventually("a second attempt names the first") {
                let spans = try collector.spans().filter { $0.name == "job poll" }
                return spans.contains { second in
                    second.attributes["sluice.attempt"] == "2"
                        && spans.contains { first in
                            second.links.contains(first.id) && first.attributes["sluice.job"] == second.attributes["sluice.job"]
                                && first.attributes["sluice.attempt"] == "1"
                        }
                }
            }
        }
    }
}
