import Catalog
import HTTPTypes
import SyncJournal
import WebServer

// What the answers of the routes beyond Heroku Connect's look like.

extension JSONSchema {
    /// A page of a list, with the address of the next.
    static func page(of element: JSONSchema, _ more: KeyValuePairs<String, JSONSchema> = [:]) -> JSONSchema {
        let base = JSONSchema.object([
            "count": .integer, "next": JSONSchema.string.nullable.described("The address of the next page; null at the end."),
            "results": .array(of: element),
        ])
        return more.isEmpty ? base : base.joined(with: .object(more))
    }

    /// Words separated by commas.
    static func words(_ words: [String]) -> JSONSchema {
        let one = "(?:\(words.joined(separator: "|")))"
        return .string(pattern: "^\(one)(?:,\(one))*$")
    }

    static let mappingReference = JSONSchema.object(["id": .uuid, "object_name": .string.nullable]).nullable
}

extension RouteDocumentation.Query {
    static let limit = RouteDocumentation.Query("limit", .integer(1...1000), "At most so many; 100 unless told.")
    static let before = RouteDocumentation.Query(
        "before", .integer(0...Int.max), "Only entries older than this one: where the last page ended.")
    static let mapping = RouteDocumentation.Query("mapping", .string, "Only of this mapping, by its id or its object.")
}

extension LogRoutes {
    private static let filters: [RouteDocumentation.Query] = [
        .mapping, .init("level", .words(EventLevel.allCases.map(\.rawValue)), "Only these levels, separated by commas."),
        .init("type", .words(EventType.allCases.map(\.rawValue)), "Only these types, separated by commas."),
        .init("text", .string, "Only messages that hold this, whatever its case."),
        .init("since", .time, "Not before this time. A date without a time is midnight, UTC."), .init("until", .time, "Before this time."),
    ]

    static let documentation: [RouteDocumentation] = [
        RouteDocumentation(
            .get, "/api/v3/connections/:connection/logs", "Lists what sync has done, the newest first.",
            detail:
                "Where few lines are meant among very many, a page may end before it is full (`complete` is false); `next` goes on from there.",
            query: filters + [.before, .limit], answers: [.json(.ok, .page(of: EventDocument.schema, ["complete": .boolean]))]),
        RouteDocumentation(
            .get, "/api/v3/connections/:connection/logs/stream", "Follows the log as server-sent events.",
            detail:
                "One event `log` a line, with its number as the id; `gap` says that lines were left out. With `Last-Event-ID`, or `after`, it begins with what came since that line.",
            query: filters + [.init("after", .integer(0...Int.max), "Begin with what came after this line.")],
            answers: [.events(.ok), .error(.serviceUnavailable, "Too many clients follow logs already.")]),
    ]
}

extension EventDocument {
    static let schema = JSONSchema.object([
        "id": .integer, "created_at": .time, "level": .oneOf(EventLevel.allCases.map(\.rawValue)),
        "type": .oneOf(EventType.allCases.map(\.rawValue)),
        "mapping": .mappingReference, "job": JSONSchema.object(["id": .integer, "detail_url": .string]).nullable,
        "row": JSONSchema.object(["id": JSONSchema.integer.nullable, "sfid": JSONSchema.string.nullable]).nullable.described(
            "The row that it speaks of: the first that failed, where several were written."),
        "message": .string,
    ]).named("LogLine")
}

extension ActivityRoutes {
    static let documentation: [RouteDocumentation] = [
        RouteDocumentation(
            .get, "/api/v3/connections/:connection/activity", "Tells rows and errors over time, both ways.",
            query: [.init("period", .oneOf(HistoryPeriod.allCases.map(\.rawValue)), "How far back; 24h unless told."), .mapping],
            answers: [
                .json(
                    .ok,
                    .object([
                        "period": .oneOf(HistoryPeriod.allCases.map(\.rawValue)), "span_seconds": .integer, "mapping": .mappingReference,
                        "sf_to_db": series, "db_to_sf": series,
                    ]))
            ])
    ]

    private static let series = JSONSchema.object([
        "rows": .integer, "errors": .integer, "buckets": .array(of: .object(["start": .time, "rows": .integer, "errors": .integer])),
    ]).named("ActivitySeries")
}

extension AuditRoutes {
    static let documentation: [RouteDocumentation] = [
        (
            "/api/v3/connections/:connection/audit",
            "Lists administrative changes of a connection, the newest first; as CSV all of them, or as many as limit says."
        ),
        ("/api/v3/audit", "Lists all administrative changes, the newest first; as CSV all of them, or as many as limit says."),
    ].map { path, summary in
        RouteDocumentation(
            .get, path, summary, query: [.init("format", .oneOf("json", "csv"), "json unless told."), .before, .limit],
            answers: [.json(.ok, .page(of: entry)), .text(.ok, type: "text/csv")])
    }

    private static let entry = JSONSchema.object(
        [
            "id": .integer, "created_at": .time, "actor": .string, "action": .string, "details": .anything,
            "connection": JSONSchema.uuid.nullable, "address": JSONSchema.string.nullable, "via": JSONSchema.string.nullable,
        ], optional: ["connection", "address", "via"]
    ).named("AuditEntry")
}

extension QueueRoutes {
    static let documentation: [RouteDocumentation] = [
        RouteDocumentation(
            .get, "/api/v3/connections/:connection/queue", "Tells what waits and runs, what for, and the last hour by the minute.",
            query: [.limit],
            answers: [
                .json(
                    .ok,
                    .object([
                        "kinds": .array(
                            of: .object([
                                "kind": .string, "ready": .integer, "scheduled": .integer, "running": .integer,
                                "oldest_ready_seconds": .number.nullable, "estimated": .boolean,
                            ])),
                        "waiting": .array(
                            of: .object([
                                "id": .integer, "kind": .string, "mapping": JSONSchema.object(["id": .uuid]).nullable, "attempt": .integer,
                                "run_at": .time, "waited_seconds": .number.nullable, "waits_for": .string, "held_by": .integer.nullable,
                                "last_error": .string.nullable, "detail_url": .string,
                            ])),
                        "timeline": .array(
                            of: .object([
                                "start": .time, "completed": .integer, "failed": .integer, "cancelled": .integer,
                                "waited_seconds": .number.nullable, "ran_seconds": .number.nullable,
                            ])),
                    ]))
            ]),
        RouteDocumentation(
            .post, "/api/v3/jobs/:job/actions/retry", "Gives a job that failed or was cancelled its attempts anew.",
            answers: [.job, .error(.conflict, "It has neither failed nor been cancelled.")]),
        RouteDocumentation(
            .post, "/api/v3/jobs/:job/actions/cancel", "Cancels a job.", answers: [.job, .error(.conflict, "It has ended already.")]),
        RouteDocumentation(
            .get, "/api/v3/workers", "Lists the cluster's processes, and says which scheduler leads.",
            answers: [
                .json(
                    .ok,
                    .object([
                        "count": .integer, "leader": .string.nullable,
                        "results": .array(
                            of: .object([
                                "name": .string, "role": .oneOf("worker", "scheduler", "api"), "host": .string, "pid": .integer,
                                "slots": .integer, "running": .integer, "leads": .boolean, "up_seconds": .number.nullable,
                                "silent_seconds": .number.nullable, "kinds": .array(of: .string),
                            ])),
                    ]))
            ]),
    ]
}

extension AbortRoute {
    static let documentation: [RouteDocumentation] = [
        RouteDocumentation(
            .post, "/api/v3/mappings/:mapping/actions/abort", "Ends what reads a mapping just now.",
            answers: [.json(.accepted, .object(["aborted_jobs": .integer])), .error(.conflict, "Nothing is under way.")])
    ]
}
