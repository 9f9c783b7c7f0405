import HTTPTypes
import SandboxBytes
import SandboxData
import SandboxHTTP
import SandboxQuery
import SandboxStore

/// `/sandbox/faults`, `/sandbox/clock`, `/sandbox/late-commit` and what an administrator does to records outside the data APIs.
struct FaultRoutes: Sendable {
    let org: Org
    let faults: BulkFaults
    let clock: OrgClock
    let usage: Usage

    /// Nil when the path is none of these.
    func respond(_ call: Call) throws(OrgError) -> Reply? {
        switch (call.word(1), call.method) {
        case ("faults", .get): break
        case ("faults", .post): try set(try call.jsonObject())
        case ("faults", .delete):
            faults.set(faults.initial)
            usage.set(quota: usage.initialQuota)
        case ("clock", .post):
            clock.set(offset: Int64(try Self.int(try call.jsonObject(), "offset_seconds", nil, in: -86_400_000...86_400_000)))
            return .noContent
        case ("late-commit", .post): return try lateCommit(try call.jsonObject())
        case ("hard-delete", .post):
            return try change(call, "hardDelete") { writer, id, state in writer.hardDelete(id, state: &state) }
        case ("undelete", .post): return try change(call, "undelete") { writer, id, state in writer.undelete(id, state: &state) }
        case ("merge", .post): return try merge(try call.jsonObject())
        case ("purge-delete-log", .post): return try purgeLog(try call.jsonObject())
        case ("faults", _), ("clock", _), ("late-commit", _), ("hard-delete", _), ("undelete", _), ("merge", _), ("purge-delete-log", _):
            throw .wrongMethod(call.method, allowed: "GET,POST,DELETE")
        default: return nil
        }
        let settings = faults.settings
        var json = JSONWriter()
        json.object { json in
            json.field("locked_rows_per_thousand", settings.lockedRowsPerThousand)
            json.field("failing_jobs", settings.failingJobs)
            json.field("job_failure", settings.jobFailure)
            json.field("shuffle_bulk_rows", settings.shufflesBulkRows)
            json.field("bulk_delay_ms", settings.bulkDelay.map { Int($0 / .milliseconds(1)) })
            json.field("maximum_page_rows", settings.maximumPageRows)
            json.field("shrink_pages", settings.shrinksPages)
            json.field("oldest_version", settings.oldestVersion)
            json.key("call_latency_ms")
            json.raw { $0.append(.double(settings.timing.call / .milliseconds(1)), prefixes: [], style: .restJSON) }
            json.key("record_latency_ms")
            json.raw { $0.append(.double(settings.timing.record / .milliseconds(1)), prefixes: [], style: .restJSON) }
            json.field("lock_wait_ms", Int(settings.timing.lockWait / .milliseconds(1)))
            json.field("refuse_whole_collections", settings.refusesWholeCollections)
            json.field("poison", settings.poison)
            json.fieldArray("uncountable") { json in
                for object in org.schema.objects where settings.uncountable.contains(object.name.lowercased()) { json.value(object.name) }
            }
            json.field("api_quota", usage.quota)
        }
        return .json(json)
    }

    private static func bad(_ field: String, _ problem: String) -> OrgError {
        OrgError(.badRequest, "INVALID_INPUT", "\(field): \(problem)", fields: [field])
    }

    private static func int(_ body: JSON, _ name: String, _ absent: Int?, in range: ClosedRange<Int>) throws(OrgError) -> Int {
        if body[name] == nil, let absent { return absent }
        guard let value = body[name]?.int, range.contains(value) else {
            throw bad(name, "expected a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// Changes the org's faults; what is not named stays as it is.
    func set(_ body: JSON) throws(OrgError) {
        let wanted = try settings(body)
        if body["api_quota"] != nil { usage.set(quota: try Self.int(body, "api_quota", nil, in: 0...1_000_000_000)) }
        faults.set(wanted)
    }

    private func settings(_ body: JSON) throws(OrgError) -> BulkFaults.Settings {
        var settings = faults.settings
        settings.lockedRowsPerThousand = try Self.int(body, "locked_rows_per_thousand", settings.lockedRowsPerThousand, in: 0...1000)
        settings.failingJobs = try Self.int(body, "failing_jobs", settings.failingJobs, in: 0...1_000_000)
        if let failure = body["job_failure"] {
            guard let text = failure.string, !text.isEmpty else { throw Self.bad("job_failure", "expected a text") }
            settings.jobFailure = text
        }
        if let page = body["maximum_page_rows"] {
            settings.maximumPageRows = page == .null ? nil : try Self.int(body, "maximum_page_rows", nil, in: 1...2000)
        }
        if let delay = body["bulk_delay_ms"] {
            settings.bulkDelay = delay == .null ? nil : .milliseconds(try Self.int(body, "bulk_delay_ms", nil, in: 0...86_400_000))
        }
        settings.oldestVersion = try Self.int(body, "oldest_version", settings.oldestVersion, in: APIVersions.range)
        settings.timing.call = try Self.latency(body, "call_latency_ms", settings.timing.call)
        settings.timing.record = try Self.latency(body, "record_latency_ms", settings.timing.record)
        let wait = Int(settings.timing.lockWait / .milliseconds(1))
        settings.timing.lockWait = .milliseconds(try Self.int(body, "lock_wait_ms", wait, in: 0...600_000))
        settings.refusesWholeCollections = try Self.flag(body, "refuse_whole_collections", settings.refusesWholeCollections)
        if let poison = body["poison"] {
            guard poison == .null || !(poison.string ?? "").isEmpty else { throw Self.bad("poison", "expected a text or null") }
            settings.poison = poison.string
        }
        if let objects = body["uncountable"] {
            let names = objects.array?.map { $0.string.flatMap { org.schema.object($0)?.name.lowercased() } }
            guard let names, !names.contains(nil) else { throw Self.bad("uncountable", "expected a list of names of objects") }
            settings.uncountable = names.compactMap(\.self)
        }
        settings.shufflesBulkRows = try Self.flag(body, "shuffle_bulk_rows", settings.shufflesBulkRows)
        settings.shrinksPages = try Self.flag(body, "shrink_pages", settings.shrinksPages)
        return settings
    }

    /// Milliseconds, with a fraction if need be.
    private static func latency(_ body: JSON, _ name: String, _ absent: Duration) throws(OrgError) -> Duration {
        guard let json = body[name] else { return absent }
        guard case .number(let milliseconds, _) = json, (0...600_000).contains(milliseconds) else {
            throw bad(name, "expected a number of milliseconds from 0 to 600000")
        }
        return .microseconds(Int64(milliseconds * 1000))
    }

    private static func flag(_ body: JSON, _ name: String, _ absent: Bool) throws(OrgError) -> Bool {
        guard let json = body[name] else { return absent }
        guard let flag = json.bool else { throw bad(name, "expected true or false") }
        return flag
    }

    /// Records of a transaction that takes its stamp now and is seen only after `seconds`: `{"object", "seconds", "records": [{…}]}`, where a
    /// record with an Id is updated and one without is inserted.
    private func lateCommit(_ body: JSON) throws(OrgError) -> Reply {
        guard let object = org.schema.object(body["object"]?.string ?? "") else {
            throw Self.bad("object", "expected the name of an object")
        }
        let seconds = try Self.int(body, "seconds", nil, in: 1...86_400)
        guard let records = body["records"]?.array, !records.isEmpty, records.allSatisfy({ $0.members != nil }) else {
            throw Self.bad("records", "expected a list of records")
        }
        let (stamp, open) = org.write { state, now in
            state.late.append(
                LateCommit(stamp: now, commitsAt: now + Int64(seconds)) { state in
                    let writer = RecordWriter(schema: state.schema, user: 0, now: now)
                    for record in records {
                        let members = record.members ?? []
                        if let id = record["Id"]?.string.flatMap(state.schema.recordID) {
                            _ = writer.update(id, members, state: &state)
                        } else {
                            _ = writer.insert(object, members, state: &state)
                        }
                    }
                })
            return (now, state.late.count)
        }
        var json = JSONWriter()
        json.object { json in
            json.field("stamp", CivilTime.restText(stamp))
            json.field("commits_at", CivilTime.restText(stamp + Int64(seconds)))
            json.field("open_transactions", open)
        }
        return .json(json)
    }

    /// `{"ids": […]}`: the same to each of them, with a result each.
    private func change(
        _ call: Call, _ operation: String, _ one: @Sendable (RecordWriter, RecordID, inout OrgState) -> SaveResult
    ) throws(OrgError) -> Reply {
        let texts = (try call.jsonObject()["ids"]?.array ?? []).compactMap(\.string)
        let ids = texts.compactMap(org.schema.recordID)
        guard !ids.isEmpty, ids.count == texts.count else { throw Self.bad("ids", "expected a list of record ids") }
        let schema = org.schema
        let results = org.write { state, now in
            let writer = RecordWriter(schema: state.schema, user: 0, now: now)
            return ids.map { one(writer, $0, &state) }
        }
        var json = JSONWriter()
        json.array { json in
            for result in results { result.write(&json, schema: schema) }
        }
        return .json(json)
    }

    /// `{"winner": id, "losers": [ids]}`: the losers go to the recycle bin, and what named them names the winner, with a new stamp.
    private func merge(_ body: JSON) throws(OrgError) -> Reply {
        let schema = org.schema
        guard let winner = body["winner"]?.string.flatMap(schema.recordID) else { throw Self.bad("winner", "expected a record id") }
        let losers = (body["losers"]?.array ?? []).compactMap(\.string).compactMap(schema.recordID)
        guard !losers.isEmpty, losers.count <= 2, losers.allSatisfy({ $0.object == winner.object && $0 != winner }) else {
            throw Self.bad("losers", "expected one or two other records of the same object")
        }
        let error = org.write { state, now in
            RecordWriter(schema: state.schema, user: 0, now: now).merge(winner, losers, state: &state).error
        }
        if let error { throw OrgError(.badRequest, error.code, error.message) }
        return .noContent
    }

    /// `{"object": …}`: deletes before now are told no longer.
    private func purgeLog(_ body: JSON) throws(OrgError) -> Reply {
        guard let object = org.schema.object(body["object"]?.string ?? "") else {
            throw Self.bad("object", "expected the name of an object")
        }
        org.write { state, now in state.tables[object.index].deleteLogStart = now }
        return .noContent
    }
}
