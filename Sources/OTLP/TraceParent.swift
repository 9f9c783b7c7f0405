public import Tracing

/// The identity of a span, as W3C's `traceparent` carries it: which trace, which span, and whether it is recorded.
public struct TraceParent: Sendable, Hashable {
    /// 32 hexadecimal digits, not all of them 0.
    public let traceID: String
    /// 16 hexadecimal digits, not all of them 0.
    public let spanID: String
    /// Whether the trace is recorded.
    public let isSampled: Bool

    /// A span of a trace.
    init(traceID: String, spanID: String, isSampled: Bool) {
        self.traceID = traceID
        self.spanID = spanID
        self.isSampled = isSampled
    }

    /// Reads a header's value; nil when it is none. A version later than 00 is read as far as 00 goes, as the recommendation asks for.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0].count == 2, parts[0] != "ff", parts[0] != "00" || parts.count == 4,
            parts.prefix(4).allSatisfy({ $0.allSatisfy { $0.isHexDigit && !$0.isUppercase && $0.isASCII } }),
            parts[1].count == 32, parts[2].count == 16, parts[3].count == 2, parts[1].contains(where: { $0 != "0" }),
            parts[2].contains(where: { $0 != "0" }), let flags = UInt8(parts[3], radix: 16)
        else { return nil }
        traceID = String(parts[1])
        spanID = String(parts[2])
        isSampled = flags & 1 == 1
    }

    /// The header's value.
    public var text: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

    /// A new span of this trace.
    func child() -> TraceParent { TraceParent(traceID: traceID, spanID: Self.digits(1), isSampled: isSampled) }

    /// The first span of a new trace.
    static func root(isSampled: Bool) -> TraceParent { TraceParent(traceID: digits(2), spanID: digits(1), isSampled: isSampled) }

    private static func digits(_ words: Int) -> String {
        (0..<words).map { _ in
            // No word is 0, so that the whole is not.
            let text = String(UInt64.random(in: 1...UInt64.max), radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }.joined()
    }
}

/// Where a context keeps the span at hand.
enum TraceParentKey: InstrumentationContextKey {
    typealias Value = TraceParent
    static var nameOverride: String? { "traceparent" }
}

extension InstrumentationContext {
    /// The span at hand; nil when nobody traces.
    public var traceParent: TraceParent? {
        get { self[TraceParentKey.self] }
        set { self[TraceParentKey.self] = newValue }
    }
}
