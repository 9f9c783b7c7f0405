import Catalog
import WebServer

/// What the page that edits a mapping sends, as the API's own body.
struct MappingForm {
    let objectName: String?
    let body: JSONValue
    /// Whether only the SQL is to be shown.
    let isPreview: Bool

    init(_ form: FormBody) {
        objectName = form["object"]
        isPreview = form["preview"] != nil
        let indexes = form.values("index")
        let unique = Set(form.values("unique"))
        var config: [JSONValue.Member] = [
            .init("access", .string(form["access"] ?? "")),
            .init("sf_notify_enabled", .bool(form["notify"] != nil)),
            .init("fields", .object(form.values("field").map { .init($0, [:]) })),
            .init("indexes", .object(indexes.map { .init($0, ["unique": .bool(unique.contains($0))]) })),
        ]
        if let seconds = form["interval"] {
            config.append(.init("sf_polling_seconds", Int(seconds).map { .integer($0) } ?? .string(seconds)))
        }
        config.append(.init("upsert_field", form["upsert"].map { .string($0) } ?? .null))
        var members: [JSONValue.Member] = [.init("config", .object(config))]
        if let objectName { members.append(.init("object_name", .string(objectName))) }
        if let revision = form["revision"] { members.append(.init("revision", Int(revision).map { .integer($0) } ?? .string(revision))) }
        body = .object(members)
    }
}
