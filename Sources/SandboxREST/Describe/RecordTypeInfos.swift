import SandboxBytes
import SandboxData
import SandboxQuery
import SandboxStore

/// What describe says of an object's record types: those that the org has for it, the first active one the default, and the master one.
struct RecordTypeInfos {
    let object: ObjectSchema
    let schema: OrgSchema
    /// The org's record types; nil when its schema has no such object.
    let types: RowStore?
    /// `/services/data/v60.0/sobjects/Account`
    let path: String

    private struct Info {
        let id: String
        let name: String
        let developerName: String
        let isActive: Bool
    }

    func write(_ json: inout JSONWriter) {
        json.fieldArray("recordTypeInfos") { json in
            guard object.hasRecordTypes else { return }
            let infos = infos
            let first = infos.firstIndex(where: \.isActive)
            for (index, info) in infos.enumerated() { write(info, isMaster: false, isDefault: index == first, to: &json) }
            let master = Info(id: Self.master, name: "Master", developerName: "Master", isActive: true)
            write(master, isMaster: true, isDefault: first == nil, to: &json)
        }
    }

    static let master = "012000000000000AAA"

    private var infos: [Info] {
        guard let types, let sobject = types.object.field("SobjectType"), object.field("RecordTypeId") != nil else { return [] }
        func text(_ row: Int, _ name: String) -> String {
            guard let field = types.object.field(name), case .text(let text) = types.value(row, field) else { return "" }
            return text
        }
        return (0..<types.count).compactMap { row in
            guard types.state(row)?.isLive ?? true, types.value(row, sobject) == .text(object.name) else { return nil }
            return Info(
                id: schema.text(of: RecordID(object: types.object.index, row: row)), name: text(row, "Name"),
                developerName: text(row, "DeveloperName"),
                isActive: types.object.field("IsActive").map { types.value(row, $0) != .bool(false) } ?? true)
        }
    }

    private func write(_ info: Info, isMaster: Bool, isDefault: Bool, to json: inout JSONWriter) {
        json.object { json in
            json.field("active", info.isActive)
            json.field("available", info.isActive)
            json.field("defaultRecordTypeMapping", isDefault)
            json.field("developerName", info.developerName)
            json.field("master", isMaster)
            json.field("name", info.name)
            json.field("recordTypeId", info.id)
            json.fieldObject("urls") { json in json.field("layout", "\(path)/describe/layouts/\(info.id)") }
        }
    }
}
