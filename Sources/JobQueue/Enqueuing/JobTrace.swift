import Foundation
import Tracing

/// Which trace a job belongs to: W3C's `traceparent` among its arguments, where people see it and handlers pass over it.
enum JobTrace {
    static let key = "traceparent"
    /// The span of the attempt before, which the next one names as a link.
    static let lastAttemptKey = "traceparent_of_last_attempt"

    /// Arguments with the trace at hand in them; as they are where nobody traces, or where they name a trace themselves.
    ///
    /// - Parameter args: a JSON object.
    static func adding(to args: String) -> String {
        guard let parent = current, args.hasPrefix("{"), args.hasSuffix("}"), !args.contains("\"\(key)\"") else { return args }
        let isEmpty = args.dropFirst().dropLast().allSatisfy(\.isWhitespace)
        return "{\"\(key)\":\"\(parent)\"\(isEmpty ? "" : ",")" + args.dropFirst()
    }

    /// The span at hand as `traceparent`; nil where nobody traces.
    static var current: String? {
        guard let context = InstrumentationContext.current else { return nil }
        var carrier: [String: String] = [:]
        InstrumentationSystem.instrument.inject(context, into: &carrier, using: DictionaryCarrier())
        // Only digits and dashes: it is written into JSON as it is.
        return carrier[key].flatMap { $0.allSatisfy { $0.isASCII && ($0.isHexDigit || $0 == "-") } ? $0 : nil }
    }

    /// The context in which a job runs.
    static func context(of job: Job, under key: String = JobTrace.key) -> InstrumentationContext? {
        // As Postgres writes jsonb.
        guard let value = job.args.firstMatch(of: key == Self.key ? parentPattern : lastPattern)?.1 else { return nil }
        var context = InstrumentationContext.topLevel
        InstrumentationSystem.instrument.extract([Self.key: String(value)], into: &context, using: DictionaryCarrier())
        return context.isEmpty ? nil : context
    }

    private nonisolated(unsafe) static let parentPattern = #/"traceparent": "([0-9a-f-]{55,})"/#
    private nonisolated(unsafe) static let lastPattern = #/"traceparent_of_last_attempt": "([0-9a-f-]{55,})"/#
}

/// Carries fields in a dictionary.
struct DictionaryCarrier: Injector, Extractor {
    func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
    func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
}
