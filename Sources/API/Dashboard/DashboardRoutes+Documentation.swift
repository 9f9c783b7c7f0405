import Catalog
import HTTPTypes

extension DashboardRoutes {
    static let documentation: [RouteDocumentation] =
        pages + connectionButtons + mappingButtons + [
            form("/mappings/:mapping/actions/delete", "The button delete of a mapping."),
            RouteDocumentation(
                .get, "/connections/:connection/new-mapping", "The form for a new mapping.",
                query: [.init("object", .string, "The object; without it the page asks for one.")],
                answers: [
                    page, .text(.accepted, type: "text/html", "The org has not answered yet."),
                    .error(.conflict, "The connection is not authorized."), .error(.badGateway, "The org could not be asked."),
                ]),
            edit("/connections/:connection/new-mapping", "Makes a mapping."),
            RouteDocumentation(
                .get, "/mappings/:mapping/edit", "The form that changes a mapping.",
                answers: [
                    page, .text(.accepted, type: "text/html", "The org has not answered yet."),
                    .error(.conflict, "The connection is not authorized."), .error(.badGateway, "The org could not be asked."),
                ]),
            edit("/mappings/:mapping/edit", "Changes a mapping."),
            form("/connections/:connection/notifications/:notification/dismiss", "The button dismiss of a notice."),
        ]

    private static let period = RouteDocumentation.Query(
        "period", .string, "Over which time the histograms look back: 1h, 6h, 24h, 7d, 30d.")

    private static let pages: [RouteDocumentation] = [
        RouteDocumentation(.get, "/", "The overview of all connections.", answers: [page]),
        RouteDocumentation(
            .get, "/connections/:connection", "A connection at a glance.", query: [period], answers: [page]),
        RouteDocumentation(.get, "/connections/:connection/mappings", "A connection's mappings.", answers: [page]),
        RouteDocumentation(
            .get, "/connections/:connection/logs", "What happened.",
            query: [
                .init("mapping", .string, "Only of this mapping."), .init("level", .string, "Only of this level."),
            ], answers: [page]),
        RouteDocumentation(.get, "/connections/:connection/jobs", "A connection's jobs.", answers: [page]),
        RouteDocumentation(.get, "/connections/:connection/settings", "What a connection is.", answers: [page]),
        RouteDocumentation(.get, "/mappings/:mapping", "A mapping's page.", query: [period], answers: [page]),
        RouteDocumentation(.get, "/mappings/:mapping/confirm/reload", "Asks before a reload.", answers: [page]),
        RouteDocumentation(.get, "/mappings/:mapping/confirm/delete", "Asks before a mapping is deleted.", answers: [page]),
        RouteDocumentation(.get, "/styleguide", "Every component of the pages once.", answers: [page]),
        RouteDocumentation(.get, "/login", "The log-in form.", answers: [page]),
        RouteDocumentation(
            .post, "/login", "Begins a session.",
            body: .form(
                .object(
                    ["token": .string, "email": .string, "password": .string], optional: ["token", "email", "password"], open: true)),
            answers: [
                .empty(.seeOther, "Logged in.", headers: [("Location", "The overview."), ("Set-Cookie", "The session.")]),
                .text(.unauthorized, type: "text/html", "Neither token nor password is valid."), foreignOrigin,
                .text(.tooManyRequests, type: "text/html", "Too many attempts failed; Retry-After says when to come again."),
            ]),
        RouteDocumentation(
            .post, "/logout", "Ends the session.",
            answers: [
                .empty(.seeOther, "Logged out.", headers: [("Location", "The log-in form."), ("Set-Cookie", "Clears the session.")]),
                foreignOrigin,
            ]),
        RouteDocumentation(.get, "/assets/dashboard.css", "The pages' style.", answers: [.text(.ok, type: "text/css")]),
        RouteDocumentation(
            .get, "/assets/dashboard.js", "The pages' script.", answers: [.text(.ok, type: "text/javascript")]),
    ]

    private static let connectionButtons: [RouteDocumentation] = ConnectionAction.allCases.map { action in
        form("/connections/:connection/actions/\(action.rawValue)", "The button \(action.rawValue) of a connection.")
    }

    private static let mappingButtons: [RouteDocumentation] = MappingAction.allCases.map { action in
        form("/mappings/:mapping/actions/\(action.rawValue)", "The button \(action.rawValue) of a mapping.")
    }

    private static let page = RouteDocumentation.Answer.text(.ok, type: "text/html")
    private static let foreignOrigin = RouteDocumentation.Answer.error(.forbidden, "The request comes from another site's page.")

    private static func form(_ path: String, _ summary: String) -> RouteDocumentation {
        RouteDocumentation(
            .post, path, summary,
            answers: [
                .empty(.seeOther, "Done, or nobody is logged in.", headers: [("Location", "The connection's page, or the log-in form.")]),
                foreignOrigin, .error(.conflict, "The state does not allow it."),
            ])
    }

    private static func edit(_ path: String, _ summary: String) -> RouteDocumentation {
        RouteDocumentation(
            .post, path, summary, body: .form(.object([:], open: true)),
            answers: [
                .empty(.seeOther, "Saved, or nobody is logged in.", headers: [("Location", "The mapping's page, or the log-in form.")]),
                .text(.unprocessableContent, type: "text/html", "The form again, with what is wrong."),
                .text(.accepted, type: "text/html", "What was sent is wrong, and the org has not answered yet."), foreignOrigin,
                .error(.conflict, "The connection is not authorized."), .error(.badGateway, "The org could not be asked."),
            ])
    }
}
