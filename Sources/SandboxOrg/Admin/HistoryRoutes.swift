import HTTPTypes
import SandboxBytes
import SandboxData
import SandboxHTTP
import SandboxStore

/// `/sandbox/history`: who did what to which record and when, in the order of commit.
struct HistoryRoutes: Sendable {
    let org: Org

    private static let maximumLimit = 10_000

    /// Nil when the path is another one.
    func respond(_ call: Call) throws(OrgError) -> Reply? {
        guard call.word(1) == "history" else { return nil }
        guard call.method == .get else { throw .wrongMethod(call.method, allowed: "GET") }
        let after = try number(call, "after", 0, in: 0...Int.max)
        let limit = try number(call, "limit", 1000, in: 1...Self.maximumLimit)
        let objects = try objects(call)
        let id = try id(call)
        let page = org.history.page(after: after, limit: limit) { change in
            if let id, RecordID(object: change.object.index, row: change.row) != id { return false }
            return objects?.contains(change.object.index) ?? true
        }
        let schema = org.schema
        var json = JSONWriter(capacity: 64 * 1024)
        json.object { json in
            json.fieldArray("entries") { json in
                for entry in page.entries { write(entry, &json, schema) }
            }
            json.field("next", page.next)
            json.field("first", page.first)
            json.field("last", page.last)
        }
        return .json(json)
    }

    private func write(_ entry: HistoryLog.Entry, _ json: inout JSONWriter, _ schema: OrgSchema) {
        let change = entry.change
        json.object { json in
            json.field("seq", entry.number)
            json.field("transaction", entry.transaction)
            json.field("committed", Int(entry.committed))
            json.key("at")
            json.raw { bytes in
                bytes.append(integer: entry.machineTime / 1_000_000)
                bytes.append(UInt8(ascii: "."))
                bytes.append(Int(entry.machineTime % 1_000_000), width: 6)
            }
            json.key("stamp")
            json.raw { $0.append(.datetime(change.new.modstamp), prefixes: schema.prefixes, style: .restJSON) }
            json.field("object", change.object.name)
            json.field("id", schema.text(of: RecordID(object: change.object.index, row: change.row)))
            json.field("operation", "\(change.kind)")
            json.field("user", schema.object("User").map { schema.text(of: RecordID(object: $0.index, row: change.user)) })
            json.field("origin", entry.origin)
            json.field("system", change.isSystem)
            json.field("silent", change.isSilent)
            json.fieldObject("changes") { json in
                for (field, old, new) in change.differences {
                    json.fieldArray(field.name) { json in
                        json.raw { $0.append(old, prefixes: schema.prefixes, style: .restJSON) }
                        json.raw { $0.append(new, prefixes: schema.prefixes, style: .restJSON) }
                    }
                }
            }
        }
    }

    private func number(_ call: Call, _ name: String, _ absent: Int, in range: ClosedRange<Int>) throws(OrgError) -> Int {
        guard let text = call.query[name] else { return absent }
        guard let number = Int(text), range.contains(number) else {
            throw bad(name, "expected a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private func objects(_ call: Call) throws(OrgError) -> Set<Int>? {
        guard let names = call.query["object"], !names.isEmpty else { return nil }
        var found: Set<Int> = []
        for name in names.split(separator: ",") {
            guard let object = org.schema.object(String(name)) else { throw bad("object", "no object '\(name)'") }
            found.insert(object.index)
        }
        return found
    }

    private func id(_ call: Call) throws(OrgError) -> RecordID? {
        guard let text = call.query["id"] else { return nil }
        guard let id = org.schema.recordID(text) else { throw bad("id", "expected the id of a record") }
        return id
    }

    private func bad(_ field: String, _ problem: String) -> OrgError {
        OrgError(.badRequest, "INVALID_INPUT", "\(field): \(problem)", fields: [field])
    }
}
