import HTTPTypes
import NIOCore
import SandboxBytes
import SandboxData
import SandboxHTTP
import SandboxStore

/// `/composite` and `/composite/batch`: up to 25 requests in one, which count as one call.
extension DataRoutes {
    private static let maximumRequests = 25
    private static let maximumQueries = 5

    /// The subrequests run in order and may refer to earlier answers as `@{reference.path}`.
    func composite(_ call: APICall) async throws(OrgError) -> Reply {
        guard call.method == .post else { throw .wrongMethod(call.method, allowed: "POST") }
        let body = try call.call.jsonObject()
        let requests = try compositeRequests(body, maximum: Self.maximumRequests, version: call.version)
        var queries = 0
        for request in requests {
            let lower = request["url"]?.string?.lowercased() ?? ""
            if ["/query", "/composite/sobjects"].contains(where: lower.contains) { queries += 1 }
        }
        guard queries <= Self.maximumQueries else {
            throw OrgError(
                .badRequest, "INVALID_INPUT",
                "A composite request can have at most \(Self.maximumQueries) query and collection subrequests.")
        }
        return await run(requests, isAtomic: body["allOrNone"]?.bool ?? false, call).reply
    }

    private static func isOfReference(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 0x5F
    }

    /// The subrequests of `compositeRequest`, each with a reference of its own.
    func compositeRequests(_ body: JSON, maximum: Int, version: Int) throws(OrgError) -> [JSON] {
        let requests = try subrequests(body["compositeRequest"], name: "compositeRequest", maximum: maximum)
        var seen: Set<String> = []
        for request in requests {
            guard let reference = request["referenceId"]?.string, !reference.isEmpty, request["url"]?.string != nil else {
                throw OrgError(.badRequest, "JSON_PARSER_ERROR", "compositeRequest: each request needs a method, a url and a referenceId")
            }
            // https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/requests_composite.htm: letters, digits and underscores.
            guard version < 54 || reference.utf8.allSatisfy({ Self.isOfReference($0) }) && reference.first != "_" else {
                throw OrgError(
                    .badRequest, "INVALID_INPUT",
                    "Provided referenceId ('\(reference)') must start with a letter or a number, and it can contain only letters, numbers and "
                        + "underscores ('_').")
            }
            guard seen.insert(reference.lowercased()).inserted else {
                throw OrgError(.badRequest, "INVALID_INPUT", "Duplicate ReferenceId provided (\(reference)).")
            }
        }
        return requests
    }

    /// Runs them one after the other; an atomic run that meets an error undoes what was done and does no more.
    func run(_ requests: [JSON], isAtomic: Bool, _ call: APICall) async -> CompositeAnswers {
        let journal = UndoJournal()
        var answers = CompositeAnswers()
        for request in requests {
            if isAtomic, answers.hasFailed {
                answers.halt(request)
                continue
            }
            let reply: Reply
            do {
                let filled = try answers.fill(request)
                reply =
                    isAtomic
                    ? await UndoJournal.$current.withValue(journal) { await answer(filled, call) }
                    : await answer(filled, call)
            } catch {
                reply = error.reply
            }
            answers.add(request, reply)
        }
        if isAtomic, answers.hasFailed {
            org.undo(journal)
            answers.rollBack()
        } else if isAtomic {
            org.commit(journal)
        }
        return answers
    }

    /// The subrequests know nothing of each other, and what was done stays done.
    func batch(_ call: APICall) async throws(OrgError) -> Reply {
        guard call.method == .post else { throw .wrongMethod(call.method, allowed: "POST") }
        let body = try call.call.jsonObject()
        let requests = try subrequests(body["batchRequests"], name: "batchRequests", maximum: Self.maximumRequests)
        let halts = body["haltOnError"]?.bool ?? false
        var replies: [Reply] = []
        var hasErrors = false
        for request in requests {
            let reply =
                halts && hasErrors
                ? OrgError(
                    .preconditionFailed, "BATCH_PROCESSING_HALTED",
                    "The request was not processed because an earlier request of the batch failed."
                ).reply
                : await answer(request, call)
            if reply.status.code >= 400 { hasErrors = true }
            replies.append(reply)
        }
        var json = JSONWriter(capacity: 16_384)
        json.object { json in
            json.field("hasErrors", hasErrors)
            json.fieldArray("results") { json in
                for reply in replies {
                    json.object { json in
                        json.field("statusCode", Int(reply.status.code))
                        json.key("result")
                        reply.writeBody(to: &json)
                    }
                }
            }
        }
        return .json(json)
    }

    private func subrequests(_ list: JSON?, name: String, maximum: Int) throws(OrgError) -> [JSON] {
        guard let requests = list?.array, !requests.isEmpty, requests.allSatisfy({ $0.members != nil }) else {
            throw OrgError(.badRequest, "JSON_PARSER_ERROR", "\(name): a list of requests is required")
        }
        guard requests.count <= maximum else {
            throw OrgError(
                .badRequest, "LIMIT_EXCEEDED", "\(name): \(requests.count) requests are more than the \(maximum) allowed")
        }
        return requests
    }

    private func answer(_ request: JSON, _ outer: APICall) async -> Reply {
        do {
            return try await route(try subcall(request, outer))
        } catch {
            return error.reply
        }
    }

    private func subcall(_ request: JSON, _ outer: APICall) throws(OrgError) -> APICall {
        guard let name = request["method"]?.string, let method = HTTPRequest.Method(name.uppercased()),
            [.get, .post, .patch, .put, .delete, .head].contains(method), let url = request["url"]?.string
        else { throw OrgError(.badRequest, "JSON_PARSER_ERROR", "each request needs a method and a url") }
        var headers: HTTPFields = [:]
        for member in request["httpHeaders"]?.members ?? [] {
            if let name = HTTPField.Name(member.key), let text = member.value.string { headers[name] = text }
        }
        var body: [UInt8] = []
        if let content = request["body"] ?? request["richInput"], content != .null {
            var json = JSONWriter()
            json.value(content)
            body = json.bytes.array
        }
        let call = Call(method: method, target: Self.target(url), headers: headers, body: body)
        guard call.segments.count > 3, call.word(0) == "services", call.word(1) == "data",
            let version = APIVersions.parse(call.segments[2]), APIVersions.range.contains(version)
        else { throw .notFound }
        let inner = APICall(call: call, version: version, user: outer.user)
        guard inner.word(0) != "composite" || inner.word(1) == "sobjects", inner.word(0) != "jobs" else {
            throw OrgError(.badRequest, "INVALID_INPUT", "The resource \(call.path) cannot be used inside a composite request")
        }
        return inner
    }

    /// Urls come with the path of the data services before them and without.
    private static func target(_ url: String) -> String {
        if url.lowercased().hasPrefix("/services/") || url.lowercased().hasPrefix("services/") { return url }
        return "/services/data/" + url.drop { $0 == "/" }
    }
}

extension Reply {
    /// The body inside another document: JSON as it is, nothing as null.
    func writeBody(to json: inout JSONWriter) {
        switch body {
        case .bytes(let buffer) where headers[.contentType]?.hasPrefix("application/json") ?? false:
            json.raw { writer in buffer.withUnsafeReadableBytes { writer.append($0.bindMemory(to: UInt8.self)) } }
        case .bytes(let buffer) where buffer.readableBytes > 0: json.value(String(buffer: buffer))
        default: json.null()
        }
    }
}
