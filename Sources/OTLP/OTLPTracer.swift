public import Tracing

/// Makes spans, and carries their identity as `traceparent`.
public struct OTLPTracer: Tracer {
    private let exporter: SpanExporter
    private let ratio: Double

    /// A tracer.
    ///
    /// - Parameter ratio: of the traces that begin here, which are recorded, from 0 to 1; what others began is as they have it.
    public init(exporter: SpanExporter, ratio: Double = 1) {
        self.exporter = exporter
        self.ratio = ratio
    }

    /// Begins a span.
    public func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> InstrumentationContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> OTLPSpan {
        let context = context()
        let parent = context.traceParent
        let identity = parent?.child() ?? .root(isSampled: ratio >= 1 || Double.random(in: 0..<1) < ratio)
        return OTLPSpan(
            name: operationName, identity: identity, parentSpanID: parent?.spanID, context: context, kind: kind,
            start: instant().nanosecondsSinceEpoch, hand: exporter.take)
    }

    /// Spans are sent by and by; `SpanExporter.run` sends the last ones when it ends.
    public func forceFlush() {}

    /// Reads `traceparent`.
    public func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout InstrumentationContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        if let parent = extractor.extract(key: "traceparent", from: carrier).flatMap({ TraceParent($0) }) { context.traceParent = parent }
    }

    /// Writes `traceparent`.
    public func inject<Carrier, Inject: Injector>(
        _ context: InstrumentationContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        if let parent = context.traceParent { injector.inject(parent.text, forKey: "traceparent", into: &carrier) }
    }
}
