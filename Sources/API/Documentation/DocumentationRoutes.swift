import Catalog
import HTTPTypes
import Hummingbird
import WebServer

/// `/openapi.json` for programs and `/docs` for people: what the API takes and answers. Added last, since it tells of all others.
struct DocumentationRoutes {
    let services: APIServices
    /// What all routes say of themselves.
    let documentation: [RouteDocumentation]

    func add(to table: RouteTable) {
        let own = ["/openapi.json", "/docs"].map { RouteRecord(method: .get, path: $0, gate: .anyone, isPage: false) }
        let routes = table.routes + own
        // What a server can do is no secret; clients and people read it before they have a token.
        table.add(
            own[0].path,
            [.open(.get) { request, _ in .json(document(routes, request).value) }])
        table.add(
            own[1].path,
            [
                .open(.get) { request, _ in
                    .page(DocumentationPage(document: document(routes, request).value).html)
                }
            ])
    }

    private func document(_ routes: [RouteRecord], _ request: Request) -> OpenAPIDocument {
        OpenAPIDocument(table: routes, documentation: documentation, cookie: SessionCookie.name, base: services.baseURL(request))
    }
}

extension DocumentationRoutes {
    static let documentation: [RouteDocumentation] = [
        RouteDocumentation(
            .get, "/openapi.json", "This document.", answers: [.json(.ok, .object(["openapi": .string], open: true))]),
        RouteDocumentation(.get, "/docs", "This document, for people.", answers: [.text(.ok, type: "text/html")]),
    ]
}
