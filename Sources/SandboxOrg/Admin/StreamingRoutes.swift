import HTTPTypes
import SandboxBytes
import SandboxData
import SandboxHTTP
import SandboxStore
import SandboxStreaming

/// `/sandbox/streaming`, `/sandbox/gap-event`, `/sandbox/purge-events` and `/sandbox/expire-clients`: what goes wrong with events, on demand.
struct StreamingRoutes: Sendable {
    let org: Org
    let clients: CometClients

    /// Nil when the path is none of these.
    func respond(_ call: Call) throws(OrgError) -> Reply? {
        switch (call.word(1), call.method) {
        case ("streaming", .get): break
        case ("streaming", .post): try set(try call.jsonObject())
        case ("streaming", .delete): clients.settings = StreamingSettings()
        case ("gap-event", .post):
            try gap(try call.jsonObject())
            return .noContent
        case ("purge-events", .post):
            org.events.purge()
            return .noContent
        case ("expire-clients", .post):
            clients.closeAll()
            return .noContent
        case ("streaming", _), ("gap-event", _), ("purge-events", _), ("expire-clients", _):
            throw .wrongMethod(call.method, allowed: "GET,POST,DELETE")
        default: return nil
        }
        return show()
    }

    private func show() -> Reply {
        let settings = clients.settings
        let counts = clients.counts
        let kept = org.events.kept
        var json = JSONWriter()
        json.object { json in
            if let objects = settings.objects {
                json.fieldArray("objects") { json in
                    for object in org.schema.objects where objects.contains(object.name.lowercased()) { json.value(object.name) }
                }
            } else {
                json.fieldNull("objects")
            }
            json.field("maximum_clients", settings.maximumClients)
            json.field("daily_events", settings.dailyEvents)
            json.field("merge_equal_changes", settings.mergesEqualChanges)
            json.field("retained_events", org.events.capacity)
            json.field("clients", counts.clients)
            json.field("held_connects", counts.held)
            json.field("delivered", counts.delivered)
            json.field("events", kept.count)
            json.field("first_replay_id", kept.first)
            json.field("last_replay_id", kept.last)
        }
        return .json(json)
    }

    private static func bad(_ field: String, _ problem: String) -> OrgError {
        OrgError(.badRequest, "INVALID_INPUT", "\(field): \(problem)", fields: [field])
    }

    /// What is not named stays as it is.
    private func set(_ body: JSON) throws(OrgError) {
        var settings = clients.settings
        if let objects = body["objects"] { settings.objects = try selection(objects) }
        if let maximum = body["maximum_clients"] {
            guard let count = maximum.int, (0...100_000).contains(count) else {
                throw Self.bad("maximum_clients", "expected a whole number from 0 to 100000")
            }
            settings.maximumClients = count
        }
        if let limit = body["daily_events"] {
            guard limit == .null || (limit.int ?? -1) >= 0 else { throw Self.bad("daily_events", "expected a whole number or null") }
            settings.dailyEvents = limit.int
        }
        if let merges = body["merge_equal_changes"] {
            guard let flag = merges.bool else { throw Self.bad("merge_equal_changes", "expected true or false") }
            settings.mergesEqualChanges = flag
        }
        if let retained = body["retained_events"] {
            guard let count = retained.int, (1...10_000_000).contains(count) else {
                throw Self.bad("retained_events", "expected a whole number from 1 to 10000000")
            }
            org.events.keep(count, now: org.clock())
        }
        clients.settings = settings
    }

    private func selection(_ json: JSON) throws(OrgError) -> Set<String>? {
        guard json != .null else { return nil }
        guard let list = json.array else { throw Self.bad("objects", "expected a list of object names, or null for all") }
        var names: Set<String> = []
        for item in list {
            guard let object = item.string.flatMap({ org.schema.object($0) }), object.hasChangeEvents else {
                throw Self.bad("objects", "'\(item.string ?? "")' is no object with change events")
            }
            names.insert(object.name.lowercased())
        }
        return names
    }

    /// `{"object", "change_type": "GAP_UPDATE", "ids": […]}`; an overflow needs no ids.
    private func gap(_ body: JSON) throws(OrgError) {
        guard let object = org.schema.object(body["object"]?.string ?? ""), object.hasChangeEvents else {
            throw Self.bad("object", "expected the name of an object with change events")
        }
        guard let kind = body["change_type"]?.string.flatMap(ChangeGap.Kind.init(rawValue:)) else {
            throw Self.bad("change_type", "expected one of \(ChangeGap.Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        var ids = [EventLog.anyRecord]
        if kind != .overflow {
            ids = (body["ids"]?.array ?? []).compactMap { $0.string.flatMap(org.schema.recordID) }.map(org.schema.text(of:))
            guard !ids.isEmpty, ids.count == body["ids"]?.array?.count else { throw Self.bad("ids", "expected a list of record ids") }
        }
        org.events.append([.gap(ChangeGap(kind: kind, object: object, ids: ids))], origin: "", at: org.clock())
    }
}
