import Synchronization
public import Tracing

/// A span that goes on, until it ends and is handed over, once.
public final class OTLPSpan: Span {
    /// Identifies it to what it calls.
    public let context: InstrumentationContext
    /// Whether it is recorded.
    public let isRecording: Bool
    private let identity: TraceParent
    private let parentSpanID: String?
    private let kind: SpanKind
    private let start: UInt64
    private let hand: @Sendable (FinishedSpan) -> Void
    private let state: Mutex<State>

    private struct State {
        var name: String
        var attributes = SpanAttributes()
        var events: [SpanEvent] = []
        var links: [TraceParent] = []
        var status: SpanStatus?
        var hasEnded = false
    }

    /// No span grows without bounds, whatever loops.
    private static let most = 64

    init(
        name: String, identity: TraceParent, parentSpanID: String?, context: InstrumentationContext, kind: SpanKind, start: UInt64,
        hand: @escaping @Sendable (FinishedSpan) -> Void
    ) {
        var context = context
        context.traceParent = identity
        self.context = context
        self.identity = identity
        self.parentSpanID = parentSpanID
        self.kind = kind
        self.start = start
        self.hand = hand
        isRecording = identity.isSampled
        state = Mutex(State(name: name))
    }

    /// What is done.
    public var operationName: String {
        get { state.withLock { $0.name } }
        set { state.withLock { $0.name = newValue } }
    }

    /// What it is done to.
    public var attributes: SpanAttributes {
        get { state.withLock { $0.attributes } }
        set {
            guard isRecording else { return }
            state.withLock { $0.attributes = newValue }
        }
    }

    /// How it went.
    public func setStatus(_ status: SpanStatus) { state.withLock { $0.status = status } }

    /// Something that happened meanwhile.
    public func addEvent(_ event: SpanEvent) {
        guard isRecording else { return }
        state.withLock { if $0.events.count < Self.most { $0.events.append(event) } }
    }

    /// What went wrong, by its type alone: its text may quote what somebody wrote, and is in the log.
    public func recordError<Instant: TracerInstant>(_ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant)
    {
        var attributes = attributes
        attributes["exception.type"] = "\(type(of: error))"
        addEvent(SpanEvent(name: "exception", at: instant(), attributes: attributes))
    }

    /// Another span that this one has to do with.
    public func addLink(_ link: SpanLink) {
        guard isRecording, let other = link.context.traceParent else { return }
        state.withLock { if $0.links.count < Self.most { $0.links.append(other) } }
    }

    /// Ends it; what comes later is left out.
    public func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        let end = instant().nanosecondsSinceEpoch
        let finished: FinishedSpan? = state.withLock { state in
            guard isRecording, !state.hasEnded else { return nil }
            state.hasEnded = true
            var attributes: [String: SpanAttribute] = [:]
            state.attributes.forEach { attributes[$0] = $1 }
            return FinishedSpan(
                identity: identity, parentSpanID: parentSpanID, name: state.name, kind: kind, start: start, end: max(start, end),
                attributes: attributes, events: state.events, links: state.links, status: state.status)
        }
        if let finished { hand(finished) }
    }
}
