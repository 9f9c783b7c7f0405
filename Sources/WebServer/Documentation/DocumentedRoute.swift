package import Catalog
package import HTTPTypes

/// A route of the table with what it says of itself, and what follows from its gate and its address.
package struct DocumentedRoute: Sendable {
    package let record: RouteRecord
    package let documentation: RouteDocumentation

    package var method: HTTPRequest.Method { record.method }
    package var path: String { record.path }

    /// Its own answers, and the refusals that its kind brings with it.
    package var answers: [RouteDocumentation.Answer] {
        let own = Set(documentation.answers.map(\.status.code))
        return documentation.answers + refusals.filter { !own.contains($0.status.code) }
    }

    private var refusals: [RouteDocumentation.Answer] {
        var answers: [RouteDocumentation.Answer] = []
        if record.gate != .anyone { answers.append(contentsOf: gateRefusals) }
        if !PathParameter.names(in: path).isEmpty { answers.append(.error(.notFound, "There is no such thing, or not for this user.")) }
        let takesNothing = documentation.body == nil && documentation.query.isEmpty
        answers.append(
            .error(
                .badRequest,
                takesNothing ? "The request is none, such as by its percent-encoding." : "A parameter or the body is not as expected."))
        if !method.isSafe { answers.append(.error(.contentTooLarge, "The body is too large.")) }
        answers.append(.error(.tooManyRequests, "Too many requests; Retry-After says when to come again."))
        answers.append(.error(.serviceUnavailable, "The database does not answer, or the server is stopping; try again."))
        return answers
    }

    private var gateRefusals: [RouteDocumentation.Answer] {
        let mayRefuseRole =
            switch record.gate {
            case .anyone, .signedIn, .role(.viewer): false
            case .role, .anywhere, .administrator: true
            }
        var answers: [RouteDocumentation.Answer] = []
        if record.isPage {
            answers.append(.empty(.seeOther, "Nobody is signed in.", headers: [("Location", "The page to sign in.")]))
        } else {
            answers.append(.error(.unauthorized, "Neither a valid API token nor a session."))
        }
        if mayRefuseRole || !method.isSafe {
            answers.append(.error(.forbidden, "The user's role does not allow it, or the request comes from another site's page."))
        }
        return answers
    }

    /// How a request shows who sends it, as OpenAPI says it.
    package var security: JSONValue {
        if record.gate == .anyone { return [] }
        // A page sends strangers to sign in: asking for one without a session is no fault.
        return record.isPage ? [["session": []], [:]] : [["token": []], ["session": []]]
    }

    /// The least role that the route takes.
    package var role: String? {
        switch record.gate {
        case .anyone, .signedIn: nil
        case .role(let role), .anywhere(let role): role.rawValue
        case .administrator: "administrator"
        }
    }

    /// Every schema of the route.
    package var schemas: [JSONSchema] {
        documentation.query.map(\.schema) + (documentation.body.map { [$0.schema] } ?? [])
            + answers.flatMap { $0.content.map { [$0.schema] } ?? [] }
    }

    /// What code generators call the route: `post_api_v3_mappings_mapping_actions_poll`.
    package var operationID: String {
        ([method.rawValue.lowercased()]
            + path.split(separator: "/").map { String($0).replacing(":", with: "").replacing(/[^A-Za-z0-9]/, with: "_") })
            .joined(separator: "_")
    }

    /// The group under which readers find the route.
    package var tag: String {
        guard path.hasPrefix("/api/v3/") else { return record.isPage ? "pages" : "server" }
        return String(path.split(separator: "/")[2])
    }
}

extension RouteRecord {
    /// What the route is called in documentation and tests: `GET /api/v3/mappings/:mapping`.
    package var name: String { "\(method.rawValue) \(path)" }
}
