package import Catalog
import HTTPTypes
import Hummingbird

/// The OpenAPI 3.1 document of the routes (https://spec.openapis.org/oas/v3.1.1.html), written from their `RouteDocumentation`.
package struct OpenAPIDocument {
    package let routes: [DocumentedRoute]
    /// Where the server is reached; nil for the document without an address.
    package let base: String?
    /// The name of the cookie that holds a session.
    private let cookie: String

    /// The document of a route table.
    ///
    /// - Parameter table: every route; one without documentation is left out, which a test does not let pass.
    package init(table: [RouteRecord], documentation: [RouteDocumentation], cookie: String, base: String?) {
        self.cookie = cookie
        let byName = Dictionary(grouping: documentation, by: \.name)
        routes = table.compactMap { record in byName[record.name]?.first.map { DocumentedRoute(record: record, documentation: $0) } }
        self.base = base
    }

    package var value: JSONValue {
        var paths: [JSONValue.Member] = []
        var seen: Set<String> = []
        for route in routes where seen.insert(route.path).inserted {
            let operations = routes.filter { $0.path == route.path }
            paths.append(
                .init(
                    Self.template(route.path),
                    .object(
                        parameters(route.path) + operations.map { .init($0.method.rawValue.lowercased(), operation($0)) })))
        }
        let components = routes.reduce(into: JSONSchema.error.components) { all, route in
            for schema in route.schemas { all.merge(schema.components) { $1 } }
        }
        return [
            "openapi": "3.1.1",
            "info": [
                "title": "Sluice", "version": "3", "x-sluice-version": .string(SluiceVersion.number),
                "description":
                    """
                Heroku Connect's API, version 3, with its discovery service, and what Sluice adds to it. Before it looks for a route the server \
                refuses what is no HTTP (400), what arrives too slowly (408), a head that is too large (431) and transfer codings other than \
                chunked (501); methods that a path does not have meet a 405 with Allow. All refusals have the shape of Error.
                """,
            ],
            "servers": base.map { [["url": .string($0)]] } ?? [],
            "paths": .object(paths),
            "components": [
                "schemas": .object(components.sorted { $0.key < $1.key }.map { .init($0.key, $0.value) }),
                "securitySchemes": [
                    "token": ["type": "http", "scheme": "bearer", "description": "An API token."],
                    "session": [
                        "type": "apiKey", "in": "cookie", "name": .string(cookie), "description": "A session of the dashboard.",
                    ],
                ],
            ],
        ]
    }

    /// `/mappings/:mapping` as OpenAPI spells it: `/mappings/{mapping}`.
    package static func template(_ path: String) -> String {
        path.split(separator: "/", omittingEmptySubsequences: false)
            .map { $0.hasPrefix(":") ? "{\($0.dropFirst())}" : String($0) }.joined(separator: "/")
    }

    private func parameters(_ path: String) -> [JSONValue.Member] {
        let names = PathParameter.names(in: path)
        guard !names.isEmpty else { return [] }
        return [
            .init(
                "parameters",
                .array(
                    names.map { name in
                        ["name": .string(name), "in": "path", "required": true, "schema": (PathParameter.schema(name) ?? .string).value]
                    }))
        ]
    }

    private func operation(_ route: DocumentedRoute) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init("operationId", .string(route.operationID)), .init("tags", [.string(route.tag)]),
            .init("summary", .string(route.documentation.summary)),
        ]
        if let detail = route.documentation.detail { members.append(.init("description", .string(detail))) }
        members.append(.init("security", route.security))
        if let role = route.role { members.append(.init("x-role", .string(role))) }
        if !route.documentation.query.isEmpty {
            members.append(
                .init(
                    "parameters",
                    .array(
                        route.documentation.query.map { parameter in
                            [
                                "name": .string(parameter.name), "in": "query", "required": .bool(parameter.isRequired),
                                "description": .string(parameter.text), "schema": parameter.written.value,
                            ]
                        })))
        }
        if let body = route.documentation.body {
            members.append(
                .init(
                    "requestBody",
                    ["required": .bool(body.isRequired), "content": .object([.init(body.type, ["schema": body.schema.value])])]))
        }
        members.append(.init("responses", responses(route)))
        return .object(members)
    }

    /// The route's answers by status; what can be answered in several shapes under one status has them all.
    private func responses(_ route: DocumentedRoute) -> JSONValue {
        let answers = route.answers
        let statuses = Set(answers.map(\.status.code)).sorted()
        return .object(
            statuses.map { status in
                let same = answers.filter { $0.status.code == status }
                let texts = same.map(\.text).filter { !$0.isEmpty }
                var members: [JSONValue.Member] = [
                    .init("description", .string(texts.isEmpty ? same[0].status.reasonPhrase : texts.joined(separator: " ")))
                ]
                let headers = same.flatMap(\.headers)
                if !headers.isEmpty {
                    members.append(
                        .init(
                            "headers",
                            .object(headers.map { .init($0.name, ["description": .string($0.text), "schema": ["type": "string"]]) })))
                }
                var contents = same.compactMap(\.content)
                if status >= 400, !route.path.hasPrefix("/api/") { contents.append(("text/html", .string)) }
                if !contents.isEmpty {
                    let types = contents.map(\.type).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
                    members.append(
                        .init(
                            "content",
                            .object(
                                types.map { type in
                                    let schemas = contents.filter { $0.type == type }.map(\.schema)
                                    return .init(type, ["schema": schemas.count == 1 ? schemas[0].value : JSONSchema.anyOf(schemas).value])
                                })))
                }
                return .init(String(status), .object(members))
            })
    }
}
