import Catalog
import WebServer

/// What the page that edits a mapping sends, as the API's own body.
struct MappingForm {
    let objectName: String?
    let body: JSONValue
    /// Whether only what saving would mean is to be shown.
    let isPreview: Bool
    /// Whether parents' fields are offered.
    let hasParents: Bool

    init(_ form: FormBody) {
        objectName = form["object"]
        isPreview = form["preview"] != nil
        hasParents = form["parents"] != nil
        let unique = Set(form.values("unique"))
        func number(_ name: String) -> JSONValue? { form[name].map { text in Int(text).map { .integer($0) } ?? .string(text) } }
        var config: [JSONValue.Member] = [
            .init("access", .string(form["access"] ?? "")),
            .init("sf_notify_enabled", .bool(form["notify"] != nil)),
            .init("fields", .object(form.values("field").map { .init($0, [:]) })),
            .init("indexes", .object(form.values("index").map { .init($0, ["unique": .bool(unique.contains($0))]) })),
        ]
        if let seconds = number("interval") { config.append(.init("sf_polling_seconds", seconds)) }
        if let calls = number("calls") { config.append(.init("sf_max_daily_api_calls", calls)) }
        config.append(.init("upsert_field", .optional(form["upsert"])))
        config.append(.init("row_filter", .optional(form["filter"])))
        var members: [JSONValue.Member] = [.init("config", .object(config))]
        if let objectName { members.append(.init("object_name", .string(objectName))) }
        if let revision = number("revision") { members.append(.init("revision", revision)) }
        body = .object(members)
    }
}
