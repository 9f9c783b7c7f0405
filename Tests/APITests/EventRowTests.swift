import Catalog
import HTTPTypes
import Testing

@Suite("Lines of the log about one row")
struct EventRowTests {
    @Test("name it in the API, and lead to it on every page that shows them")
    func links() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let account = try await server.mapping(connection)
            for row in [EventRow(id: 7), EventRow(id: 8, sfid: "001000000000001AAA"), EventRow(sfid: "001<b>")] {
                try await server.store.event(.error, connection: connection.id, mapping: account.id, row: row, type: .write, "refused")
            }
            try await server.store.event(.info, connection: connection.id, mapping: account.id, "about none")
            let path = "/connections/\(connection.id.text)"
            let lines = try await server.get("/api/v3\(path)/logs").json["results"]?.elements ?? []
            #expect(
                // Behind them, those of the states that the mapping has had.
                lines.prefix(4).map { $0["row"] } == [
                    .null, ["id": .null, "sfid": "001<b>"], ["id": 8, "sfid": "001000000000001AAA"], ["id": 7, "sfid": .null],
                ])
            let headers = try await server.session(server.token)
            for page in ["\(path)/logs", path, "/mappings/\(account.id.text)"] {
                let text = try await server.send(.get, page, headers: headers).text
                #expect(text.contains("\(path)/explorer?mapping=Account&amp;search=001000000000001AAA\">001000000000001AAA</a>"))
                #expect(text.contains("\(path)/explorer?mapping=Account&amp;search=7\">7</a>"))
                #expect(!text.contains("<b>"))
            }
        }
    }
}
