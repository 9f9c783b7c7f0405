import HTTPTypes
import WebServer

extension SessionRoutes {
    static let documentation: [RouteDocumentation] = [
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
    ]

    private static let page = RouteDocumentation.Answer.text(.ok, type: "text/html")
    private static let foreignOrigin = RouteDocumentation.Answer.error(.forbidden, "The request comes from another site's page.")
}
