import HTTPTypes
import SandboxBytes
import SandboxData
package import SandboxHTTP
import SandboxQuery
package import SandboxStore

/// `/search` (SOSL) and `/parameterizedSearch`: rows whose texts have the words that are looked for. Every row is asked; there is no index.
package struct SearchRoutes: Sendable {
    package let org: Org

    package init(org: Org) {
        self.org = org
    }

    package func respond(_ call: APICall) async throws(OrgError) -> Reply {
        let query: SearchQuery
        do throws(SOQLError) {
            query = try await call.word(0) == "search" ? statement(call) : parameters(call)
        } catch {
            throw OrgError(.badRequest, error.code == "MALFORMED_QUERY" ? "MALFORMED_SEARCH" : error.code, error.message)
        }
        var json = JSONWriter(capacity: 16_384)
        let found = await find(query)
        let snapshot = org.snapshot()
        json.object { json in
            json.fieldArray("searchRecords") { json in
                for (shape, row) in found { json.raw { shape.write(row, in: snapshot, path: "\(call.base)/sobjects/", to: &$0) } }
            }
        }
        return .json(json)
    }

    private func statement(_ call: APICall) async throws(SOQLError) -> SearchQuery {
        guard let text = call.call.query["q"] else { throw .malformed("q: a search statement is required") }
        return try SearchQuery.parse(text, schema: org.schema, now: org.clock())
    }

    /// `q`, `in`, `overallLimit`, `defaultLimit`, `fields`, `sobject` (several by commas), `Account.fields`, `Account.limit`; or JSON in a body.
    private func parameters(_ call: APICall) async throws(SOQLError) -> SearchQuery {
        let body: JSON
        if call.method == .post {
            guard let json = try? call.call.json() else { throw .malformed("the body must be a JSON object") }
            body = json
        } else {
            body = Self.body(call.call.query)
        }
        guard let text = body["q"]?.string else { throw .malformed("q: a search term is required") }
        let name = (body["in"]?.string ?? "all").lowercased()
        guard let group = SearchQuery.Group(rawValue: name) else { throw .malformed("in: expected ALL, NAME, EMAIL, PHONE or SIDEBAR") }
        var returning: [SearchQuery.Returning] = []
        for wanted in body["sobjects"]?.array ?? [] {
            guard let object = wanted["name"]?.string else { throw .malformed("sobjects: each needs a name") }
            let fields = (wanted["fields"]?.array ?? body["fields"]?.array ?? []).compactMap(\.string)
            var query = "SELECT \(fields.isEmpty ? "Id" : fields.joined(separator: ", ")) FROM \(object)"
            if let limit = wanted["limit"]?.int ?? body["defaultLimit"]?.int { query += " LIMIT \(max(limit, 0))" }
            returning.append(
                SearchQuery.Returning(plan: try QueryPlan.make(query, schema: org.schema, includesDeleted: false, now: org.clock())))
        }
        if returning.isEmpty { returning = try SearchQuery.everything(org.schema, now: org.clock()) }
        let limit = body["overallLimit"]?.int ?? SearchQuery.maximumLimit
        return SearchQuery(
            term: try SearchTerm(text), group: group, returning: returning, limit: min(max(limit, 0), SearchQuery.maximumLimit))
    }

    /// The parameters of a GET as the body of a POST has them.
    private static func body(_ query: [String: String]) -> JSON {
        func list(_ text: String) -> JSON { .array(text.split(separator: ",").map { .string($0.filter { !$0.isWhitespace }) }) }
        func number(_ text: String) -> JSON { Double(text).map { .number($0, text: text) } ?? .null }
        var members: [JSON.Member] = []
        for (key, text) in query.sorted(by: { $0.key < $1.key }) {
            switch key {
            case "q", "in": members.append(JSON.Member(key: key, value: .string(text)))
            case "overallLimit", "defaultLimit": members.append(JSON.Member(key: key, value: number(text)))
            case "fields": members.append(JSON.Member(key: key, value: list(text)))
            case "sobject":
                let objects = text.split(separator: ",").map { name -> JSON in
                    var object = [JSON.Member(key: "name", value: .string(String(name)))]
                    if let fields = query["\(name).fields"] { object.append(JSON.Member(key: "fields", value: list(fields))) }
                    if let limit = query["\(name).limit"] { object.append(JSON.Member(key: "limit", value: number(limit))) }
                    return .object(object)
                }
                members.append(JSON.Member(key: "sobjects", value: .array(objects)))
            default: break
            }
        }
        return .object(members)
    }

    private func find(_ query: SearchQuery) async -> [(shape: RowShape, row: Int)] {
        var found: [(shape: RowShape, row: Int)] = []
        for wanted in query.returning {
            let object = wanted.plan.object
            let fields = Self.fields(query.group, of: object)
            guard !fields.isEmpty, !wanted.plan.isCount, wanted.plan.grouping == nil else { continue }
            let rows = await QueryRunner(plan: wanted.plan.withoutLimit, org: org).run()
            let store = org.snapshot().stores[object.index]
            let end = wanted.plan.offset + (wanted.plan.limit ?? SearchQuery.maximumLimit)
            var matches: [Int] = []
            for position in 0..<rows.count where matches.count < end {
                if position & 0x3FF == 0x3FF { await Task.yield() }
                let texts = fields.compactMap { field -> String? in
                    if case .text(let text) = store.value(rows[position], field) { text } else { nil }
                }
                if query.term.matches(texts) { matches.append(rows[position]) }
            }
            let kept = RowSet.list(Array(matches.dropFirst(wanted.plan.offset)))
            let shape = await RowShape.make(wanted.plan, of: kept, org, pages: nil)
            for position in 0..<kept.count where found.count < query.limit { found.append((shape, kept[position])) }
        }
        return found
    }

    private static func fields(_ group: SearchQuery.Group, of object: ObjectSchema) -> [FieldSchema] {
        object.fields.filter { field in
            switch group {
            case .name: field.document.nameField ?? false
            case .email: field.type == .email
            case .phone: field.type == .phone
            case .all, .sidebar: field.type.isText && field.type != .multipicklist && field.type != .picklist
            }
        }
    }
}
