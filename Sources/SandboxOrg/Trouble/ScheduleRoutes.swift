import HTTPTypes
import SandboxBytes
import SandboxData
import SandboxHTTP
import SandboxStore

/// `/sandbox/schedule`, and the member `schedule` of what `--trouble` names.
struct ScheduleRoutes: Sendable {
    let schedule: CallSchedule

    /// Nil when the path is another one.
    func respond(_ call: Call) throws(OrgError) -> Reply? {
        guard call.word(1) == "schedule" else { return nil }
        switch call.method {
        case .get: return show()
        case .post:
            try add(try call.json())
            return .noContent
        case .delete:
            schedule.clear()
            return .noContent
        default: throw .wrongMethod(call.method, allowed: "GET,POST,DELETE")
        }
    }

    /// One entry or a list: `{"after_requests": n, "path": "schema", "body": {…}}`, or `after_seconds`.
    func add(_ json: JSON) throws(OrgError) {
        var read: [(Call, CallSchedule.Entry.Time)] = []
        for entry in json.array ?? [json] { read.append((try call(entry), try time(entry))) }
        for (call, time) in read { schedule.add(call, time) }
    }

    private func bad(_ field: String, _ problem: String) -> OrgError {
        OrgError(.badRequest, "INVALID_INPUT", "\(field): \(problem)", fields: [field])
    }

    private func call(_ entry: JSON) throws(OrgError) -> Call {
        guard let path = entry["path"]?.string, !path.isEmpty, !path.lowercased().contains("schedule") else {
            throw bad("path", "expected the path of an endpoint below /sandbox, such as schema or late-commit")
        }
        let name = entry["method"]?.string?.uppercased() ?? "POST"
        guard let method = HTTPRequest.Method(rawValue: name), [.post, .delete].contains(method) else {
            throw bad("method", "expected POST or DELETE")
        }
        var body = JSONWriter()
        if let json = entry["body"] { body.value(json) }
        return Call(method: method, target: "/sandbox/\(path)", headers: [:], body: body.bytes.array)
    }

    private func time(_ entry: JSON) throws(OrgError) -> CallSchedule.Entry.Time {
        switch (entry["after_requests"], entry["after_seconds"]) {
        case (let count?, nil):
            guard let number = count.int, (0...1_000_000_000).contains(number) else {
                throw bad("after_requests", "expected a whole number")
            }
            return .requests(number)
        case (nil, .number(let seconds, _)?) where (0...864_000).contains(seconds): return .seconds(seconds)
        default: throw bad("after_requests", "expected after_requests, a whole number, or after_seconds, from 0 to 864000")
        }
    }

    private func show() -> Reply {
        var json = JSONWriter()
        json.array { json in
            for entry in schedule.entries {
                json.object { json in
                    json.field("path", entry.call.path)
                    switch entry.time {
                    case .requests(let count): json.field("after_requests", count)
                    case .seconds(let seconds):
                        json.key("after_seconds")
                        json.raw { $0.append(decimal: DecimalText(seconds), style: .restJSON) }
                    }
                    json.field("done", entry.status != nil)
                    json.key("status")
                    json.value(entry.status)
                    if let status = entry.status, status >= 400 { json.field("answer", entry.answer) }
                }
            }
        }
        return .json(json)
    }
}
