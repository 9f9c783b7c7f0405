import Catalog
package import HTTPTypes
import Hummingbird

/// What one route takes and answers, as `/openapi.json` tells it.
///
/// What follows from the route's address is added when the document is written: path parameters (`PathParameter`), and the refusals that
/// every route behind its gate can give (`DocumentedRoute`).
package struct RouteDocumentation: Sendable {
    /// A parameter of the query.
    package struct Query: Sendable {
        package let name: String
        package let schema: JSONSchema
        package let text: String
        package let isRequired: Bool

        /// What may be written: an optional parameter that is empty counts as absent.
        package var written: JSONSchema {
            isRequired || schema.value == JSONSchema.string.value || schema.value == JSONSchema.anything.value
                ? schema : .anyOf([schema, .only("")])
        }

        package init(_ name: String, _ schema: JSONSchema, _ text: String, isRequired: Bool = false) {
            self.name = name
            self.schema = schema
            self.text = text
            self.isRequired = isRequired
        }
    }

    /// What the request carries.
    package struct Body: Sendable {
        package let type: String
        package let schema: JSONSchema
        package let isRequired: Bool

        /// A JSON document.
        package static func json(_ schema: JSONSchema) -> Body { Body(type: "application/json", schema: schema, isRequired: true) }
        /// A JSON document, or nothing, or `null`, which clients send where they have nothing to say.
        package static func optionalJSON(_ schema: JSONSchema) -> Body {
            Body(type: "application/json", schema: schema.nullable, isRequired: false)
        }
        /// What a browser's form sends.
        package static func form(_ schema: JSONSchema) -> Body {
            Body(type: "application/x-www-form-urlencoded", schema: schema, isRequired: true)
        }
    }

    /// How a route can answer.
    package struct Answer: Sendable {
        package let status: HTTPResponse.Status
        package let text: String
        /// Content type and shape, when there is a body.
        package let content: (type: String, schema: JSONSchema)?
        /// Header fields and what they say.
        package let headers: [(name: String, text: String)]

        /// A JSON document.
        package static func json(_ status: HTTPResponse.Status, _ schema: JSONSchema, _ text: String = "") -> Answer {
            Answer(status: status, text: text, content: ("application/json", schema), headers: [])
        }
        /// Text of another type, such as a page or a table of values.
        package static func text(_ status: HTTPResponse.Status, type: String, _ text: String = "") -> Answer {
            Answer(status: status, text: text, content: (type, .string), headers: [])
        }
        /// Server-sent events; the shape is that of one event.
        package static func events(_ status: HTTPResponse.Status, _ text: String = "") -> Answer {
            let event = JSONSchema.object(
                ["id": .string, "event": .string, "data": .string, "retry": .integer], optional: ["id", "event", "data", "retry"],
                open: true)
            return Answer(status: status, text: text, content: ("text/event-stream", event), headers: [])
        }
        /// Nothing but the status.
        package static func empty(_ status: HTTPResponse.Status, _ text: String = "", headers: [(name: String, text: String)] = [])
            -> Answer
        {
            Answer(status: status, text: text, content: nil, headers: headers)
        }
        /// A refusal, with its `{"code", "message"}`; outside of `/api/` browsers get a page instead.
        package static func error(_ status: HTTPResponse.Status, _ text: String) -> Answer {
            Answer(status: status, text: text, content: ("application/json", .error), headers: [])
        }
        /// An action that a job carries out.
        package static let job = Answer.empty(.accepted, "Accepted.", headers: [("Location", "The job that does it, if there is one.")])
    }

    package let method: HTTPRequest.Method
    /// As the route table has it: `/api/v3/mappings/:mapping`.
    package let path: String
    package let summary: String
    package let detail: String?
    package let query: [Query]
    package let body: Body?
    package let answers: [Answer]

    /// Documentation of a route.
    ///
    /// - Parameter answers: those that only this route has; refusals that follow from its kind are added to them.
    package init(
        _ method: HTTPRequest.Method, _ path: String, _ summary: String, detail: String? = nil,
        query: [Query] = [],
        body: Body? = nil, answers: [Answer]
    ) {
        self.method = method
        self.path = path
        self.summary = summary
        self.detail = detail
        self.query = query
        self.body = body
        self.answers = answers
    }

    /// What the route is called in route tables and tests: `GET /api/v3/mappings/:mapping`.
    package var name: String { "\(method.rawValue) \(path)" }
}
