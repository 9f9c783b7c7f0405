import Catalog
import HTTPTypes
import Outlets
import WebServer

extension OutletRoutes {
    private static let path = "/api/v3/connections/:connection/outlets"

    static let documentation: [RouteDocumentation] = [
        RouteDocumentation(
            .get, path, "Lists where a connection tells what happens to it: webhooks, mailboxes and log drains.",
            answers: [.json(.ok, .list(of: OutletDocument.schema))]),
        RouteDocumentation(
            .post, path, "Makes an outlet.",
            detail: "The key that a webhook's requests are signed with (Standard Webhooks) is in this answer and never again.",
            body: .json(.anyOf([told, drain])),
            answers: [
                .json(.created, OutletDocument.schema),
                .error(.conflict, "The connection has too many outlets, or mail cannot be sent."),
            ]),
        RouteDocumentation(.get, "\(path)/:outlet", "Shows an outlet.", answers: [.json(.ok, OutletDocument.schema)]),
        RouteDocumentation(
            .patch, "\(path)/:outlet", "Changes an outlet; what is left out stays.",
            body: .optionalJSON(
                .object(
                    ["enabled": .boolean.nullable, "events": events.nullable, "level": level.nullable],
                    optional: ["enabled", "events", "level"], open: true)),
            answers: [.json(.ok, OutletDocument.schema)]),
        RouteDocumentation(
            .delete, "\(path)/:outlet", "Deletes an outlet, and what waits for it.", answers: [.empty(.noContent, "Deleted.")]),
        RouteDocumentation(
            .get, "\(path)/:outlet/deliveries",
            "Lists what an outlet was told in the last days, and what it is to be told, the newest first.",
            query: [.before, .limit],
            answers: [
                .json(
                    .ok,
                    .page(
                        of: .object([
                            "id": .integer, "type": .string, "created_at": .time, "delivered_at": .time.nullable, "attempts": .integer,
                            "last_error": .string.nullable, "data": .anything,
                        ])))
            ]),
        RouteDocumentation(
            .post, "\(path)/:outlet/actions/test", "Has an outlet told something, to see whether it works.",
            answers: [.job, .error(.conflict, "It is switched off.")]),
    ]

    private static let told = JSONSchema.object(
        [
            "kind": .oneOf(OutletKind.allCases.filter { $0 != .drain }.map(\.rawValue)), "address": .string, "events": events.nullable,
            "level": .null,
        ],
        optional: ["events", "level"], open: true)
    private static let drain = JSONSchema.object(
        ["kind": .only(.string(OutletKind.drain.rawValue)), "address": .string, "level": level.nullable, "events": .null],
        optional: ["events", "level"], open: true)
    private static let events = JSONSchema.array(of: .oneOf(OutletEvent.allCases.map(\.rawValue)), minItems: 1)
    private static let level = JSONSchema.oneOf(EventLevel.allCases.map(\.rawValue))
}

extension OutletDocument {
    /// What `value` makes.
    static let schema = JSONSchema.object(
        [
            "id": .uuid, "kind": .oneOf(OutletKind.allCases.map(\.rawValue)), "address": .string, "events": .array(of: .string),
            "level": .string.nullable, "token": .string.nullable, "enabled": .boolean,
            "state": .oneOf("ok", "untested", "failing", "disabled"),
            "created_at": .time, "created_by": .string, "delivered": .integer, "delivered_at": .time.nullable, "waiting": .integer,
            "failures": .integer, "failing_since": .time.nullable, "last_error": .string.nullable, "next_attempt_at": .time.nullable,
            "dropped": .integer, "secret": .string,
        ], optional: ["secret"]
    ).named("Outlet")
}
