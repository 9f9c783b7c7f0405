import Tracing

/// A span that ended, as it is sent.
struct FinishedSpan: Sendable {
    let identity: TraceParent
    let parentSpanID: String?
    let name: String
    let kind: SpanKind
    let start: UInt64
    let end: UInt64
    let attributes: [String: SpanAttribute]
    let events: [SpanEvent]
    let links: [TraceParent]
    let status: SpanStatus?
}
