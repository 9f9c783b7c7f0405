import Catalog
import HTTPTypes
package import WebServer

extension DashboardRoutes {
    package static let documentation: [RouteDocumentation] =
        pages + connectionButtons + mappingButtons + explorerPages + livePages + setupPages + adoptionPages + outletPages + settingsPages
        + accountPages + [
            form("/mappings/:mapping/actions/delete", "The button delete of a mapping."),
            RouteDocumentation(
                .get, "/connections/:connection/new-mapping", "The form for a new mapping.",
                query: [.init("object", .string, "The object; without it the page asks for one."), parents],
                answers: [
                    page, .text(.accepted, type: "text/html", "The org has not answered yet."),
                    .error(.conflict, "The connection is not authorized."), .error(.badGateway, "The org could not be asked."),
                ]),
            edit("/connections/:connection/new-mapping", "Makes a mapping."),
            RouteDocumentation(
                .get, "/mappings/:mapping/edit", "The form that changes a mapping.", query: [parents],
                answers: [
                    page, .text(.accepted, type: "text/html", "The org has not answered yet."),
                    .error(.conflict, "The connection is not authorized."), .error(.badGateway, "The org could not be asked."),
                ]),
            edit("/mappings/:mapping/edit", "Changes a mapping."),
            form("/connections/:connection/notifications/:notification/dismiss", "The button dismiss of a notice."),
        ]

    private static let parents = RouteDocumentation.Query("parents", .string, "1 offers parents' External IDs, too.")
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
                .init("mapping", .string, "Only of this mapping."), .init("type", .string, "Only of this type."),
                .init("level", .string, "Only of this level."), .init("text", .string, "Only lines that hold this."),
                .init("before", .string, "Only older lines."),
            ], answers: [page]),
        RouteDocumentation(.get, "/connections/:connection/jobs", "A connection's jobs.", answers: [page]),
        RouteDocumentation(.get, "/connections/:connection/jobs/:job", "One job.", answers: [page]),
        form("/connections/:connection/jobs/:job/retry", "The button retry of a job."),
        form("/connections/:connection/jobs/:job/cancel", "The button cancel of a job."),
        RouteDocumentation(.get, "/mappings/:mapping", "A mapping's page.", query: [period], answers: [page]),
        RouteDocumentation(.get, "/mappings/:mapping/confirm/reload", "Asks before a reload.", answers: [page]),
        RouteDocumentation(.get, "/mappings/:mapping/confirm/delete", "Asks before a mapping is deleted.", answers: [page]),
        RouteDocumentation(.get, "/styleguide", "Every component of the pages once.", answers: [page]),
        RouteDocumentation(.get, "/assets/dashboard.css", "The pages' style.", answers: [.text(.ok, type: "text/css")]),
        RouteDocumentation(
            .get, "/assets/dashboard.js", "The pages' script.", answers: [.text(.ok, type: "text/javascript")]),
    ]

    private static let connectionButtons: [RouteDocumentation] = ["pause", "resume", "restart"].map { action in
        form("/connections/:connection/actions/\(action)", "The button \(action) of a connection.")
    }

    private static let mappingButtons: [RouteDocumentation] = ["poll", "reload", "abort", "verify"].map { action in
        form("/mappings/:mapping/actions/\(action)", "The button \(action) of a mapping.")
    }

    static let page = RouteDocumentation.Answer.text(.ok, type: "text/html")
    private static let foreignOrigin = RouteDocumentation.Answer.error(.forbidden, "The request comes from another site's page.")

    static func form(_ path: String, _ summary: String) -> RouteDocumentation {
        RouteDocumentation(
            .post, path, summary,
            answers: [
                .empty(.seeOther, "Done, or nobody is logged in.", headers: [("Location", "The connection's page, or the log-in form.")]),
                foreignOrigin, .error(.badRequest, "Something that was sent is not as expected."),
                .error(.conflict, "The state does not allow it."),
            ])
    }

    static func edit(_ path: String, _ summary: String) -> RouteDocumentation {
        RouteDocumentation(
            .post, path, summary, body: .form(.object([:], open: true)),
            answers: [
                .text(.ok, type: "text/html", "The form again, with the SQL that was asked for."),
                .empty(.seeOther, "Saved, or nobody is logged in.", headers: [("Location", "The mapping's page, or the log-in form.")]),
                .text(.unprocessableContent, type: "text/html", "The form again, with what is wrong."),
                .text(.accepted, type: "text/html", "What was sent is wrong, and the org has not answered yet."), foreignOrigin,
                .error(.conflict, "The connection is not authorized."), .error(.badGateway, "The org could not be asked."),
            ])
    }
}
