import Catalog
import HTTPTransport
import HTTPTypes
import Testing
import WebServer

@testable import API

@Suite("What the API says of itself")
struct DocumentationTests {
    @Test("every route is documented, and nothing else is")
    func routes() async throws {
        try await Server.with { server in
            let table = server.routes().map(\.name)
            let documented = server.documentation().map(\.name)
            #expect(Set(table).subtracting(documented).sorted() == [], "in the route table, but not documented")
            #expect(Set(documented).subtracting(table).sorted() == [], "documented, but not in the route table")
            #expect(documented.count == Set(documented).count)
            let document = try await server.send(.get, "/openapi.json", headers: [:])
            #expect(document.status == 200)
            #expect(document.json["openapi"] == "3.1.1")
            #expect(operations(of: document.json).count == table.count)
        }
    }

    @Test("no two routes have one name for code generators, and every path parameter is described")
    func names() async throws {
        try await Server.with { server in
            let names = operations(of: server.document()).compactMap { $0["operationId"]?.string }
            #expect(Set(names).count == names.count)
            for route in server.documentation() {
                for name in PathParameter.names(in: route.path) {
                    #expect(PathParameter.schema(name) != nil, "PathParameter has no line for :\(name) of \(route.name)")
                }
            }
        }
    }

    /// `send` holds each answer against the document.
    @Test("at every route a request that is none meets the documented 400")
    func noRequest() async throws {
        try await Server.with { server in
            for route in server.routes() {
                let path = route.path.split(separator: "/").map { $0.hasPrefix(":") ? "1" : $0 }.joined(separator: "/")
                let answer = try await server.send(route.method, "/\(path)?%ff=1", headers: [:])
                #expect(answer.status == 400 && answer.json["message"]?.string?.contains("percent-encoding") == true, "\(route.name)")
            }
        }
    }

    @Test("every reference leads to a schema of the document")
    func references() async throws {
        try await Server.with { server in
            let document = server.document()
            let known = Set((document["components"]?["schemas"]?.members ?? []).map { "#/components/schemas/\($0.key)" })
            func references(_ value: JSONValue) -> [String] {
                switch value {
                case .object(let members): members.flatMap { ($0.key == "$ref" ? [$0.value.string ?? ""] : []) + references($0.value) }
                case .array(let elements): elements.flatMap(references)
                default: []
                }
            }
            let used = Set(references(document))
            #expect(!used.isEmpty)
            #expect(used.subtracting(known).isEmpty)
        }
    }

    @Test("the page for people names every route and every schema, and loads nothing from elsewhere")
    func page() async throws {
        try await Server.with { server in
            let page = try await server.send(.get, "/docs", headers: [.accept: "text/html"])
            #expect(page.status == 200)
            #expect(page.headers[.contentType] == "text/html; charset=utf-8")
            for route in server.documentation() {
                #expect(page.text.contains(OpenAPIDocument.template(route.name)), "\(route.name)")
            }
            #expect(page.text.contains("id=\"schema-Mapping\""))
            #expect(!page.text.contains("//"))
        }
    }

    private func operations(of document: JSONValue) -> [JSONValue] {
        (document["paths"]?.members ?? []).flatMap { ($0.value.members ?? []).filter { $0.key != "parameters" }.map(\.value) }
    }
}
