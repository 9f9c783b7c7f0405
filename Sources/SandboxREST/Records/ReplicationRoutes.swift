import HTTPTypes
import SandboxBytes
package import SandboxData
package import SandboxHTTP
import SandboxQuery
package import SandboxStore

/// `/sobjects/X/updated` and `/sobjects/X/deleted`: what changed between two times.
package struct ReplicationRoutes: Sendable {
    package let org: Org

    package init(org: Org) {
        self.org = org
    }

    private static let updatedDays: Int64 = 30
    private static let deletedDays: Int64 = 15

    package func updated(_ object: ObjectSchema, _ call: APICall) async throws(OrgError) -> Reply {
        let window = try window(call, days: Self.updatedDays)
        let rows = await rows(object, window, isDeleted: false)
        guard rows.count <= 600_000 else {
            throw OrgError(.badRequest, "EXCEEDED_ID_LIMIT", "exceeded 600,000 ids: narrow the time span")
        }
        var json = JSONWriter(capacity: 16_384)
        json.object { json in
            json.fieldArray("ids") { json in
                for row in rows { json.value(org.schema.text(of: RecordID(object: object.index, row: row.row))) }
            }
            json.field("latestDateCovered", CivilTime.restText(covered(window.end)))
        }
        return .json(json)
    }

    /// The end asked for, unless a transaction is still open: then its start, because its rows will bear earlier stamps than the end.
    private func covered(_ end: Int64) -> Int64 { org.read { state in min(end, state.late.map(\.stamp).min() ?? end) } }

    package func deleted(_ object: ObjectSchema, _ call: APICall) async throws(OrgError) -> Reply {
        let window = try window(call, days: Self.deletedDays)
        let log = org.read { (start: $0.tables[object.index].deleteLogStart, first: $0.tables[object.index].changes.first?.modstamp) }
        let rows = await rows(object, window, isDeleted: true).filter { $0.time >= log.start }
        let earliest = log.start > 0 ? log.start : min(log.first ?? window.start, window.start)
        var json = JSONWriter(capacity: 16_384)
        json.object { json in
            json.fieldArray("deletedRecords") { json in
                for row in rows {
                    json.object { json in
                        json.field("id", org.schema.text(of: RecordID(object: object.index, row: row.row)))
                        json.field("deletedDate", CivilTime.restText(row.time))
                    }
                }
            }
            json.field("earliestDateAvailable", CivilTime.restText(earliest))
            json.field("latestDateCovered", CivilTime.restText(covered(window.end)))
        }
        return .json(json)
    }

    /// Both ends inclusive, seconds cut off.
    private func window(_ call: APICall, days: Int64) throws(OrgError) -> (start: Int64, end: Int64) {
        func time(_ name: String) throws(OrgError) -> Int64 {
            guard let text = call.call.query[name] else { throw OrgError(.badRequest, "MISSING_ARGUMENT", "\(name) is required") }
            // A plus sign that was not escaped arrives as a space.
            guard let time = TimeParser.datetime(text.replacing(" ", with: "+")) else {
                throw OrgError(.badRequest, "INVALID_REPLICATION_DATE", "\(name) must be a datetime such as 2024-01-31T10:00:00+00:00")
            }
            return time - ((time % 60) + 60) % 60
        }
        let start = try time("start")
        let end = try time("end")
        guard end - start >= 60 else {
            throw OrgError(.badRequest, "INVALID_REPLICATION_DATE", "endDate: must be more than one minute after startDate")
        }
        guard start >= org.clock() - days * 86_400 else {
            throw OrgError(.badRequest, "INVALID_REPLICATION_DATE", "startDate: cannot be more than \(days) days ago")
        }
        return (start, end)
    }

    /// The window reaches back thirty days at most, and generated rows are older, unless the clock is set back: then all rows are tried.
    private func rows(_ object: ObjectSchema, _ window: (start: Int64, end: Int64), isDeleted: Bool) async -> [(row: Int, time: Int64)] {
        let (snapshot, changed) = org.read { state in
            (state.tables[object.index].rows, state.tables[object.index].changed(since: window.start))
        }
        var found: [(row: Int, time: Int64)] = []
        let candidates = changed.map(RowSet.list) ?? .range(0..<snapshot.count)
        for position in 0..<candidates.count {
            if position & 0x3FFF == 0x3FFF { await Task.yield() }
            let row = candidates[position]
            let state = snapshot.state(row)
            let time = snapshot.modstamp(row, state)
            // The end is a whole minute that is included.
            // What was hard-deleted stays in the log of deletes; what was never committed is in neither list.
            guard isDeleted ? state?.isDeleted ?? false : state?.isLive ?? true else { continue }
            if time >= window.start, time <= window.end { found.append((row, time)) }
        }
        return found
    }
}
