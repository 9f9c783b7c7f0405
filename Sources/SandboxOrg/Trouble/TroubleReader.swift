import HTTPTypes

/// Reads the body of `POST /sandbox/trouble`.
enum TroubleReader {
    static func read(_ body: JSON) throws(APIError) -> Trouble {
        guard let name = body["kind"]?.string, let kind = Trouble.Kind(rawValue: name) else {
            throw bad("kind", "expected status, html, close, close_after_commit or slow")
        }
        var trouble = Trouble(kind: kind)
        trouble.count = try int(body, "count", 1, in: -1...1_000_000)
        trouble.status = try int(body, "status", kind == .html ? 200 : 503, in: 200...599)
        trouble.delay = .milliseconds(try int(body, "ms_per_chunk", try int(body, "ms", 50, in: 0...600_000), in: 0...600_000))
        if let prefix = body["path_prefix"] {
            guard let text = prefix.string, text.hasPrefix("/") || text.hasPrefix("…") else {
                throw bad("path_prefix", "expected a path, or … and a part of one")
            }
            guard !text.hasPrefix("/sandbox") else { throw bad("path_prefix", "the sandbox's own endpoints have no trouble") }
            trouble.pathPrefix = text
        }
        if let method = body["method"] {
            guard let text = method.string else { throw bad("method", "expected the name of a method") }
            trouble.method = text
        }
        return trouble
    }

    private static func bad(_ field: String, _ problem: String) -> APIError {
        APIError(.badRequest, "INVALID_INPUT", "\(field): \(problem)", fields: [field])
    }

    private static func int(_ body: JSON, _ name: String, _ absent: Int, in range: ClosedRange<Int>) throws(APIError) -> Int {
        guard let json = body[name] else { return absent }
        guard let value = json.int, range.contains(value) else {
            throw bad(name, "expected a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }
}
