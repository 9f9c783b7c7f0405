import OTLP
import Testing

@Suite("traceparent")
struct TraceParentTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let span = "00f067aa0ba902b7"

    @Test("is read and written as W3C has it")
    func wellFormed() throws {
        let parent = try #require(TraceParent("00-\(Self.trace)-\(Self.span)-01"))
        #expect(parent.traceID == Self.trace && parent.spanID == Self.span && parent.isSampled)
        #expect(parent.text == "00-\(Self.trace)-\(Self.span)-01")
        #expect(TraceParent("00-\(Self.trace)-\(Self.span)-00")?.isSampled == false)
        // Other flags are for others; a later version may have more fields.
        #expect(TraceParent("00-\(Self.trace)-\(Self.span)-03")?.isSampled == true)
        #expect(TraceParent("cc-\(Self.trace)-\(Self.span)-01-what-the-future-holds")?.traceID == Self.trace)
    }

    @Test(
        "that is malformed begins a trace of its own",
        arguments: [
            "", "00", "00-\(trace)-\(span)", "00-\(trace)-\(span)-01-more", "ff-\(trace)-\(span)-01", "0-\(trace)-\(span)-01",
            "00-\(trace.uppercased())-\(span)-01", "00-\(String(repeating: "0", count: 32))-\(span)-01",
            "00-\(trace)-\(String(repeating: "0", count: 16))-01", "00-\(trace.dropLast())-\(span)-01", "00-\(trace)-\(span)0-01",
            "00-\(trace)-\(span)-1", "00-\(trace)-\(span)-zz", "00-\(trace)-\(span)-01 ", "00_\(trace)_\(span)_01",
            "00-\(trace)-\(span)-٠١",
        ])
    func malformed(_ text: String) {
        #expect(TraceParent(text) == nil)
    }
}
