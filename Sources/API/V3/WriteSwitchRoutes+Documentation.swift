import Catalog
import HTTPTypes
import WebServer

extension WriteSwitchRoutes {
    static let documentation: [RouteDocumentation] = [
        RouteDocumentation(
            .get, "/api/v3/connections/:connection/writes", "Shows what keeps the connection's writes from Salesforce on purpose.",
            answers: [.json(.ok, switches)]),
        RouteDocumentation(
            .patch, "/api/v3/connections/:connection/writes", "Pauses writes, tries them dry, or limits deletes.",
            body: .optionalJSON(change),
            answers: [.json(.ok, switches)]),
        RouteDocumentation(
            .post, "/api/v3/connections/:connection/writes/allow-deletes", "Lets everything go out that was deleted until now.",
            answers: [.json(.ok, switches)]),
    ]

    private static let mode = JSONSchema.oneOf(WriteSwitches.Mode.allCases.map(\.rawValue)).described(
        "on; paused: changes wait; read_only: what is captured ends as READONLY; dry_run: changes wait, and a report says what would be sent."
    )
    private static let limit = JSONSchema.integer(0...Int(Int32.max)).nullable

    private static let change = JSONSchema.object(
        ["mode": mode, "deletes_per_hour": limit.described("null is any number.")], optional: ["mode", "deletes_per_hour"])

    private static let switches = JSONSchema.object([
        "mode": mode, "deletes_per_hour": limit, "deletes_stopped_at": .time.nullable.described("Since when deletes wait for a person."),
        "deletes_allowed_at": .time.nullable, "dry_run_at": .time.nullable,
        "dry_run": .anyObject.nullable.described("What the last dry run would have sent."),
    ]).named("WriteSwitches")
}
