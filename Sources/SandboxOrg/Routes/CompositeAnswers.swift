import HTTPTypes
import NIOCore
import SandboxBytes
import SandboxData
import SandboxHTTP
import SandboxQuery
import SandboxStore

/// The answers of a composite request so far, and what `@{reference.path}` means by them.
struct CompositeAnswers {
    private struct One {
        let reference: String
        var reply: Reply
        let body: JSON
    }

    private var answers: [One] = []

    var hasFailed: Bool { answers.contains { $0.reply.status.code >= 400 } }

    mutating func add(_ request: JSON, _ reply: Reply) {
        var body = JSON.null
        if case .bytes(let buffer) = reply.body { body = (try? JSONParser.parse(Array(buffer.readableBytesView))) ?? .null }
        answers.append(One(reference: request["referenceId"]?.string ?? "", reply: reply, body: body))
    }

    private static let halted = OrgError(
        .badRequest, "PROCESSING_HALTED",
        "The transaction was rolled back since another operation in the same transaction failed.")

    /// Not tried, because another one failed and all or none was asked for.
    mutating func halt(_ request: JSON) { add(request, Self.halted.reply) }

    /// What had succeeded is undone, and says so.
    mutating func rollBack() {
        for index in answers.indices where answers[index].reply.status.code < 400 { answers[index].reply = Self.halted.reply }
    }

    /// The request with its references replaced, in the url and in every text of the body.
    func fill(_ request: JSON) throws(OrgError) -> JSON {
        var members: [JSON.Member] = []
        for member in request.members ?? [] {
            let value = ["url", "body"].contains(member.key) ? try filled(member.value) : member.value
            members.append(JSON.Member(key: member.key, value: value))
        }
        return .object(members)
    }

    private func filled(_ json: JSON) throws(OrgError) -> JSON {
        switch json {
        case .string(let text): return .string(try filled(text))
        case .array(let list):
            var result: [JSON] = []
            for item in list { result.append(try filled(item)) }
            return .array(result)
        case .object(let members):
            var result: [JSON.Member] = []
            for member in members { result.append(JSON.Member(key: member.key, value: try filled(member.value))) }
            return .object(result)
        default: return json
        }
    }

    private func filled(_ text: String) throws(OrgError) -> String {
        guard text.contains("@{") else { return text }
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "@{"), let end = rest[start.upperBound...].firstIndex(of: "}") {
            result += rest[..<start.lowerBound]
            result += try value(of: String(rest[start.upperBound..<end]))
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    /// `refAccount.id`, `refQuery.records[0].Id`
    private func value(of expression: String) throws(OrgError) -> String {
        let invalid = OrgError(
            .badRequest, "PROCESSING_HALTED", "Invalid reference specified. No value for \(expression) found in the responses so far")
        let steps = expression.split(whereSeparator: { ".[]".contains($0) }).map(String.init)
        guard let reference = steps.first, let answer = answers.first(where: { $0.reference == reference }),
            answer.reply.status.code < 300
        else { throw invalid }
        var place: JSON? = answer.body
        for step in steps.dropFirst() {
            if case .array(let list) = place {
                place = Int(step).flatMap { list.indices.contains($0) ? list[$0] : nil }
            } else {
                place = place?[step]
            }
        }
        switch place {
        case .string(let text): return text
        case .number(_, let text): return text
        case .bool(let flag): return flag ? "true" : "false"
        default: throw invalid
        }
    }

    var reply: Reply {
        var json = JSONWriter(capacity: 16_384)
        json.object { json in write(to: &json) }
        return .json(json)
    }

    /// The list of answers, inside an object.
    func write(to json: inout JSONWriter) {
        json.fieldArray("compositeResponse") { json in
            for answer in answers {
                json.object { json in
                    json.key("body")
                    answer.reply.writeBody(to: &json)
                    json.fieldObject("httpHeaders") { json in
                        for name in [HTTPField.Name.location, .eTag, .lastModified] {
                            if let text = answer.reply.headers[name] { json.field(name.canonicalName.capitalizedHeader, text) }
                        }
                    }
                    json.field("httpStatusCode", Int(answer.reply.status.code))
                    json.field("referenceId", answer.reference)
                }
            }
        }
    }
}

extension String {
    /// `last-modified` as `Last-Modified`, and `etag` as `ETag`.
    fileprivate var capitalizedHeader: String {
        self == "etag" ? "ETag" : split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined(separator: "-")
    }
}
