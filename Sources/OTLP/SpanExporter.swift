import CoreMetrics
import Foundation
public import HTTPTransport
public import HTTPTypes
public import Logging
public import Redaction
import Synchronization

/// Sends spans to a collector, some at a time. Whoever traced waits for nothing.
public final class SpanExporter: Sendable {
    /// Where spans go, and how.
    public struct Configuration: Sendable {
        /// The collector's address for traces, such as `http://localhost:4318/v1/traces`.
        public var endpoint: String
        /// Header fields of every request, such as a key of the collector's.
        @Redacted public var headers: HTTPFields
        /// What is true of all spans, such as `service.name`.
        public var resource: [String: String]
        /// The release.
        public var version: String
        /// The longest that a span waits before it is sent.
        public var interval = Duration.seconds(2)

        /// Where spans go.
        public init(endpoint: String, headers: HTTPFields = [:], resource: [String: String], version: String) {
            self.endpoint = endpoint
            self.headers = headers
            self.resource = resource
            self.version = version
        }
    }

    /// Spans that may wait; more are dropped.
    static let capacity = 8192
    /// Spans that are sent at a time.
    private static let batch = 512
    private static let patience = Duration.seconds(5)

    private struct State {
        var waiting: [FinishedSpan] = []
        var dropped = 0
    }

    private let configuration: Configuration
    private let client: HTTPClient
    private let logger: Logger
    private let state = Mutex(State())
    private let exported: Counter
    private let dropped: Counter

    /// An exporter; nothing is sent before it runs.
    ///
    /// - Parameter client: makes the calls, and is nobody's to shut down but its maker's.
    public init(configuration: Configuration, client: HTTPClient, logger: Logger) {
        self.configuration = configuration
        self.client = client
        self.logger = logger
        exported = Counter(label: "sluice_spans_exported_total")
        dropped = Counter(label: "sluice_spans_dropped_total")
    }

    /// Takes a span that ended.
    @Sendable func take(_ span: FinishedSpan) {
        state.withLock { state in
            if state.waiting.count < Self.capacity { state.waiting.append(span) } else { state.dropped += 1 }
        }
    }

    /// Sends until it is cancelled, and then once more what waits.
    public func run() async {
        // Spans are sent by tasks that are not cancelled: the last ones are those of the shutdown.
        while !Task.isCancelled {
            try? await Task.sleep(for: configuration.interval)
            await Task.detached { await self.flush() }.value
        }
        await Task.detached { await self.flush() }.value
    }

    private func flush() async {
        while true {
            let (spans, lost) = state.withLock { state -> ([FinishedSpan], Int) in
                let spans = Array(state.waiting.prefix(Self.batch))
                state.waiting.removeFirst(spans.count)
                defer { state.dropped = 0 }
                return (spans, state.dropped)
            }
            if lost > 0 { tell(lost, because: "more than \(Self.capacity) waited") }
            guard !spans.isEmpty else { return }
            do {
                try await send(spans)
                exported.increment(by: spans.count)
            } catch {
                tell(spans.count, because: "\(error)")
                return
            }
            guard spans.count == Self.batch else { return }
        }
    }

    private func tell(_ count: Int, because reason: String) {
        dropped.increment(by: count)
        logger.warning("Spans were dropped", metadata: ["spans": "\(count)", "reason": "\(reason)"])
    }

    private func send(_ spans: [FinishedSpan]) async throws {
        let document = SpanDocument(spans, resource: configuration.resource, version: configuration.version)
        var headers = configuration.headers
        headers[.contentType] = "application/json"
        var request = TransferRequest(
            method: .post, url: configuration.endpoint, headers: headers, body: .bytes(Array(try JSONEncoder().encode(document))))
        request.timeouts = HTTPTimeouts(connect: Self.patience, total: Self.patience, stall: Self.patience)
        let answer = try await client.perform(request, maxBody: 100_000)
        guard (200..<300).contains(answer.status) else { throw CollectorRefusal(status: answer.status) }
    }
}

/// The collector took no spans.
struct CollectorRefusal: Error, CustomStringConvertible {
    let status: Int

    var description: String { "the collector answered \(status)" }
}
