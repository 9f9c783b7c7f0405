import Catalog
import HTTPTypes
import WebServer

extension JournalRoutes {
    static let documentation: [RouteDocumentation] = [
        RouteDocumentation(
            .get, "/api/v3/connections/:connection/errors", "Lists the connection's write errors of the last 24 hours.",
            answers: [.json(.ok, .list(of: writeError)), foreignSchema]),
        RouteDocumentation(
            .get, "/api/v3/mappings/:mapping/errors", "Lists the mapping's write errors of the last 24 hours.",
            answers: [.json(.ok, .list(of: writeError)), foreignSchema]),
        RouteDocumentation(
            .get, "/api/v3/connections/:connection/notifications", "Lists what wants somebody and was not acknowledged.",
            query: filter + [
                .init("page_size", .integer(1...10_000), "At most so many; 1,000 unless told."),
                .init("cursor", .integer(1...Int.max), "Where the page before ended: the address in `next` has it."),
            ],
            answers: [.json(.ok, .pagedList(of: notification))]),
        RouteDocumentation(
            .post, "/api/v3/connections/:connection/notifications/acknowledge", "Acknowledges notifications.",
            query: filter + [
                .init("id", .integer(1...Int.max), "The one of this number."),
                .init("page_size", .anything, "Clients send it; it means nothing here."),
            ],
            answers: [.empty(.noContent, "Acknowledged.")]),
    ]

    private static let filter: [RouteDocumentation.Query] = [
        .init("after", .time, "Later ones. A date without a time is midnight, UTC."), .init("before", .time, "Earlier ones."),
        .init("event_type", .string, "Ones of this type, such as mapping-error."),
    ]

    private static let foreignSchema = RouteDocumentation.Answer.error(.conflict, "The schema belongs to another connection.")

    private static let writeError = JSONSchema.object([
        "id": .integer, "table_name": .string, "record_id": .integer.nullable, "message": .string, "created_at": .time,
    ]).named("WriteError")

    private static let notification = JSONSchema.object([
        "id": .string, "event_type": .string, "message": .string, "created_at": .time,
    ]).named("Notification")
}
