import HTTPTypes
import SandboxBytes
import SandboxData
import SandboxHTTP
import SandboxStore

/// Reads a trouble: the body of `POST /sandbox/trouble`, or an entry of the file that `--trouble` names.
enum TroubleReader {
    /// A document with all kinds of failures: `{"trouble": [{…}], "faults": {…}, "schedule": [{…}]}`; a list or a single trouble will do.
    static func readAll(_ document: JSON) throws(OrgError) -> (troubles: [Trouble], faults: JSON?, schedule: JSON?) {
        var entries: [JSON] = [document]
        var faults: JSON?
        if let list = document.array {
            entries = list
        } else if document["kind"] == nil {
            for member in document.members ?? [] where !["trouble", "faults", "schedule"].contains(member.key) {
                throw bad(member.key, "expected trouble or schedule, lists, or faults, an object")
            }
            entries = document["trouble"]?.array ?? []
            faults = document["faults"]
            guard document["trouble"] == nil || document["trouble"]?.array != nil else { throw bad("trouble", "expected a list") }
        }
        var troubles: [Trouble] = []
        for entry in entries { troubles.append(try read(entry)) }
        return (troubles, faults, document["schedule"])
    }

    static func read(_ body: JSON) throws(OrgError) -> Trouble {
        guard let name = body["kind"]?.string, let kind = Trouble.Kind(rawValue: name) else {
            throw bad("kind", "expected one of \(Trouble.Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        var trouble = Trouble(kind: kind)
        trouble.perThousand = try int(body, "per_thousand", 1000, in: 0...1000)
        // A rate without an end of its own is in force until it is cleared.
        let isLasting = body["per_thousand"] != nil || kind == .latency
        trouble.count = try int(body, "count", isLasting ? -1 : 1, in: -1...1_000_000)
        trouble.burst = try int(body, "burst", 1, in: 1...1_000_000)
        trouble.status = try int(body, "status", kind == .html ? 200 : 503, in: 200...599)
        trouble.code = try text(body, "code", "an error code")
        trouble.message = try text(body, "message", "an error's text")
        if body["retry_after_seconds"] != nil {
            trouble.retryAfterSeconds = try int(body, "retry_after_seconds", 0, in: 0...86_400)
        }
        trouble.delay = .milliseconds(try int(body, "ms_per_chunk", try int(body, "ms", 50, in: 0...600_000), in: 0...600_000))
        trouble.bytes = try int(body, "bytes", kind == .drip ? 16 : 512, in: 1...1_000_000_000)
        if kind == .latency { trouble.latency = try latency(body) }
        if let prefix = body["path_prefix"] {
            guard let text = prefix.string, text.hasPrefix("/") || text.hasPrefix("…") else {
                throw bad("path_prefix", "expected a path, or … and a part of one")
            }
            guard !text.hasPrefix("/sandbox") else { throw bad("path_prefix", "the sandbox's own endpoints have no trouble") }
            trouble.pathPrefix = text
        }
        trouble.method = try text(body, "method", "the name of a method")
        return trouble
    }

    /// `median_ms` and `p99_ms`; one alone is the same time for every answer.
    private static func latency(_ body: JSON) throws(OrgError) -> Latency {
        func number(_ name: String) throws(OrgError) -> Double? {
            guard let json = body[name] else { return nil }
            guard case .number(let value, _) = json, value > 0, value <= 600_000 else {
                throw bad(name, "expected milliseconds, more than 0 and at most 600000")
            }
            return value
        }
        let p99 = try number("p99_ms")
        guard let median = try number("median_ms") ?? p99 else { throw bad("median_ms", "expected the median of the answers' times") }
        guard p99 ?? median >= median else { throw bad("p99_ms", "expected at least median_ms") }
        return Latency(medianMilliseconds: median, p99Milliseconds: p99 ?? median)
    }

    private static func bad(_ field: String, _ problem: String) -> OrgError {
        OrgError(.badRequest, "INVALID_INPUT", "\(field): \(problem)", fields: [field])
    }

    private static func text(_ body: JSON, _ name: String, _ meaning: String) throws(OrgError) -> String? {
        guard let json = body[name] else { return nil }
        guard let text = json.string else { throw bad(name, "expected \(meaning)") }
        return text
    }

    private static func int(_ body: JSON, _ name: String, _ absent: Int, in range: ClosedRange<Int>) throws(OrgError) -> Int {
        guard let json = body[name] else { return absent }
        guard let value = json.int, range.contains(value) else {
            throw bad(name, "expected a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }
}
