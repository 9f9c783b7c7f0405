import HTTPTypes
import SandboxBytes
import SandboxData
package import SandboxHTTP
package import SandboxQuery
package import SandboxStore

/// `/query`, `/queryAll` and the pages behind a locator.
package struct QueryRoutes: Sendable {
    package let org: Org
    package let cursors: QueryCursors
    package let faults: BulkFaults

    package init(org: Org, cursors: QueryCursors, faults: BulkFaults) {
        self.org = org
        self.cursors = cursors
        self.faults = faults
    }

    package func respond(_ call: APICall, includesDeleted: Bool) async throws(OrgError) -> Reply {
        guard call.method == .get else { throw .wrongMethod(call.method, allowed: "HEAD,GET") }
        // Some clients send the query again along with a locator: the locator wins.
        if call.count > 1 { return try page(call) }
        if let query = call.call.query["explain"] {
            return try await QueryExplanation(query: query, plan: plan(query, includesDeleted), org: org).reply()
        }
        guard let query = call.call.query["q"] else {
            throw OrgError(.badRequest, "MALFORMED_QUERY", "A query string has to be specified")
        }
        let plan = try plan(query, includesDeleted)
        if plan.isCount, faults.settings.uncountable.contains(plan.object.name.lowercased()) {
            throw OrgError(.badRequest, "QUERY_TIMEOUT", "Your query request was running for too long.")
        }
        if let grouping = plan.grouping { return try await groups(GroupRunner(plan: plan, grouping: grouping, org: org)) }
        let rows = await QueryRunner(plan: plan, org: org).run()
        if plan.isCount { return count(rows.count) }
        let size = batchSize(call)
        let pages = ChildPages(cursors: cursors, size: faults.pageRows(size, from: 0), base: call.base)
        let cursor = QueryCursors.Cursor(
            shape: await RowShape.make(plan, of: rows, org, pages: pages), object: plan.object, rows: rows, batchSize: size)
        let locator = rows.count > faults.pageRows(size, from: 0) ? cursors.add(cursor) : nil
        return write(cursor, from: 0, locator: locator, call)
    }

    private func plan(_ query: String, _ includesDeleted: Bool) throws(OrgError) -> QueryPlan {
        do {
            return try QueryPlan.make(query, schema: org.schema, includesDeleted: includesDeleted, now: org.clock())
        } catch {
            throw OrgError(error)
        }
    }

    /// `Sforce-Query-Options: batchSize=500`
    private func batchSize(_ call: APICall) -> Int {
        for option in (call.call.header("Sforce-Query-Options") ?? "").split(separator: ",") {
            let parts = option.split(separator: "=").map { $0.filter { !$0.isWhitespace } }
            if parts.count == 2, parts[0].lowercased() == "batchsize", let size = Int(parts[1]) { return min(max(size, 200), 2000) }
        }
        return 2000
    }

    private func page(_ call: APICall) throws(OrgError) -> Reply {
        let invalid = OrgError(.badRequest, "INVALID_QUERY_LOCATOR", "invalid query locator")
        let parts = call.segment(1).split(separator: "-")
        guard parts.count == 2, let start = Int(parts[1]), let cursor = cursors.find(String(parts[0])),
            start > 0, start < cursor.rows.count
        else { throw invalid }
        return write(cursor, from: start, locator: String(parts[0]), call)
    }

    private func groups(_ runner: GroupRunner) async throws(OrgError) -> Reply {
        let rows = await runner.run()
        guard rows.count <= 2000 else {
            throw OrgError(
                .badRequest, "EXCEEDED_ID_LIMIT",
                "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch")
        }
        var json = JSONWriter(capacity: 4096)
        json.object { json in
            json.field("totalSize", rows.count)
            json.field("done", true)
            json.fieldArray("records") { json in runner.write(rows, to: &json) }
        }
        return .json(json)
    }

    private func count(_ count: Int) -> Reply {
        var json = JSONWriter()
        json.object { json in
            json.field("totalSize", count)
            json.field("done", true)
            json.fieldArray("records") { _ in }
        }
        return .json(json)
    }

    private func write(_ cursor: QueryCursors.Cursor, from start: Int, locator: String?, _ call: APICall) -> Reply {
        let snapshot = org.snapshot()
        let end = min(start + faults.pageRows(cursor.batchSize, from: start), cursor.rows.count)
        CallScope.current?.note(records: end - start)
        let path = "\(call.base)/sobjects/"
        var json = JSONWriter(capacity: 65_536)
        json.object { json in
            json.field("totalSize", cursor.rows.count)
            json.field("done", end == cursor.rows.count)
            if end < cursor.rows.count, let locator { json.field("nextRecordsUrl", "\(call.base)/query/\(locator)-\(end)") }
            json.fieldArray("records") { json in
                for position in start..<end {
                    json.raw { cursor.shape.write(cursor.rows[position], in: snapshot, path: path, to: &$0) }
                }
            }
        }
        return .json(json)
    }
}
