import API
import Catalog
import Foundation
import HTTPTransport
import HTTPTypes
import Testing

@Suite("Malformed requests")
struct MalformedRequestTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let request: String
        let statuses: Set<Int>
        var testDescription: String { name }

        init(_ name: String, _ request: String, _ statuses: Set<Int>) {
            (self.name, self.request, self.statuses) = (name, request, statuses)
        }

        static func post(_ name: String, _ fields: String, _ body: String = "", _ statuses: Set<Int> = [400]) -> Case {
            Case(name, "POST /login HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\(body)", statuses)
        }
        static func get(_ name: String, _ target: String, _ statuses: Set<Int> = [400]) -> Case {
            Case(name, "GET \(target) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", statuses)
        }
    }

    static let closing: [Case] = [
        .post("an unknown transfer coding", "Transfer-Encoding: xchunked\r\n", "3\r\nabc\r\n0\r\n\r\n"),
        .post("a coding that is not the last", "Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n"),
        .post("an unknown coding before chunks", "Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n", [501]),
        .post("chunks twice", "Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"),
        .post("an empty coding", "Transfer-Encoding: \r\n", "", [400]),
        .post("a chunk's size that overflows", "Transfer-Encoding: chunked\r\n", "FFFFFFFFFFFFFFFFF\r\nabc\r\n"),
        .post(
            "the largest chunk's size", "Transfer-Encoding: chunked\r\n", "FFFFFFFFFFFFFFFF\r\n\(String(repeating: "a", count: 5000))",
            [400, 413]),
        .post("a chunk's size that is no number", "Transfer-Encoding: chunked\r\n", "xyz\r\nabc\r\n"),
        .post("a negative chunk's size", "Transfer-Encoding: chunked\r\n", "-1\r\nabc\r\n"),
        .post("a chunk that is longer than it says", "Transfer-Encoding: chunked\r\n", "1\r\nabc\r\n0\r\n\r\n"),
        .post("two lengths", "Content-Length: 3\r\nContent-Length: 4\r\n", "abcd"),
        .post("a list of lengths", "Content-Length: 3, 4\r\n", "abcd"),
        .post("a length that is no number", "Content-Length: three\r\n", "abc"),
        .post("a negative length", "Content-Length: -1\r\n"),
        .post("a length with a sign", "Content-Length: +3\r\n", "abc"),
        .post("a length that overflows", "Content-Length: 99999999999999999999999\r\n", "abc"),
        .post("a length beside chunks", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        .post("a field without a colon", "Nonsense\r\n"),
        .post("a field with a space in its name", "Bad Name: x\r\n"),
        .post("a bare CR in a field", "X-Field: a\rb\r\n"),
        .post("a NUL in a field", "X-Field: a\0b\r\n"),
        .post("a field too many", (0..<101).map { "X-\($0): a\r\n" }.joined(), "", [431]),
        .post("a field that is too large", "X-Field: \(String(repeating: "a", count: 40_000))\r\n", "", [431]),
        Case("no host", "GET /healthz HTTP/1.1\r\n\r\n", [400]),
        Case("two hosts", "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", [400]),
        Case("chunks in HTTP/1.0", "POST /login HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", [400]),
        Case("no request at all", "nonsense\r\n\r\n", [400]),
        Case("an unknown method", "FROB / HTTP/1.1\r\nHost: a\r\n\r\n", [400]),
        Case("no version", "GET /\r\n\r\n", [400]),
        Case("another protocol", "GET / FTP/1.1\r\nHost: a\r\n\r\n", [400]),
        Case("a later version", "GET / HTTP/3.0\r\nHost: a\r\n\r\n", [400]),
        Case("HTTP/2 at once", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400]),
        Case("a TLS greeting", "\u{16}\u{03}\u{01}\u{02}\u{00}\u{01}\u{00}\u{01}", [400]),
        Case("a request line that is too long", "GET /\(String(repeating: "a", count: 40_000)) HTTP/1.1\r\nHost: a\r\n\r\n", [431]),
        Case("a tunnel", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", [400]),
        .get("a NUL in the path", "/api/v3/connections/\0"),
        .get("a path that is no path", "x"),
        .get("an address of another scheme", "ftp://a/b"),
        .get("an address without a path", "http://a", [303]),
        .get("an address with a query only", "http://a?b=c", [303]),
        .get("an address that is none", "http://[::", [303, 400]),
        .get("no authority", "http://", [303, 400]),
        .get("percent-encoding without digits", "/api/v3/connections/%"),
        .get("percent-encoding of no UTF-8", "/api/v3/connections/%ff"),
        .get("percent-encoding of no UTF-8 in a query", "/api/v3/connections?app=%ff"),
        .get("an encoded NUL", "/api/v3/connections?app=%00", [401]),
        .get("only dots", "/../..", [404]),
    ]

    @Test("is answered once with what is wrong, and its connection ends", arguments: closing)
    func malformed(_ fault: Case) async throws {
        try await Server.with { server in
            let client = try RawClient(port: server.port)
            await client.send(fault.request)
            let answer = try await client.readToEnd()
            #expect(statuses(answer).count == 1, "\(answer)")
            #expect(fault.statuses.isSuperset(of: statuses(answer)), "\(answer)")
            #expect(answer.lowercased().contains("\r\nconnection: close\r\n"), "\(answer)")
            #expect(try await server.send(.get, "/healthz", headers: [:]).status == 200)
        }
    }

    @Test("TE is a wish, not a coding")
    func wish() async throws {
        try await Server.with { server in
            let client = try RawClient(port: server.port)
            await client.send("GET /healthz HTTP/1.1\r\nHost: a\r\nTE: xchunked\r\n\r\n")
            #expect(statuses(try await client.read(until: "}")) == [200])
        }
    }

    @Test("what cannot be text or JSON is the client's fault, in a form, a body and a query")
    func values() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let path = "/api/v3/connections/\(connection.id.text)"
            let authorized = "Host: a\r\nAuthorization: Bearer \(server.token)\r\nConnection: close\r\n"
            let bodies: [(String, [UInt8])] = [
                ("PATCH \(path)", [0xFF, 0xFE]), ("PATCH \(path)", Array("{\"name\":\"\u{0}\"}".utf8)),
                ("PATCH \(path)", Array(#"{"name":"\u0000"}"#.utf8)), ("PATCH \(path)", Array(#"{"db_key":"\u0000"}"#.utf8)),
                ("PATCH \(path)", Array("{\"name\":\"".utf8) + [0xFF] + Array("\"}".utf8)),
                ("POST \(path)/actions/import", [0xFF, 0x00, 0xFE]),
                (
                    "POST \(path)/actions/import",
                    Array(#"{"version":1,"mappings":[{"object_name":"A\u0000","config":{"fields":{"Id":{}}}}]}"#.utf8)
                ),
                ("PATCH \(path)", Array((String(repeating: "[", count: 60_000)).utf8)),
            ]
            for (line, body) in bodies {
                let client = try RawClient(port: server.port)
                await client.send(Array("\(line) HTTP/1.1\r\n\(authorized)Content-Length: \(body.count)\r\n\r\n".utf8) + body)
                let answer = try await client.readToEnd()
                #expect(statuses(answer) == [400], "\(line) \(String(decoding: body.prefix(100), as: UTF8.self)): \(answer)")
            }
            for form in ["token=%00", "token=%ff", "token=%", "token", "", "token=\u{0}", "%00=%00&token=a"] {
                let answer = try await server.send(.post, "/login", body: form, headers: [.accept: "text/html"])
                #expect(answer.status == 401, "\(form)")
            }
            // What has no meaning here is passed over, whatever it is.
            #expect(try await server.send(.patch, path, body: #"{"name":"Main","x":"\u0000\ud800"}"#).status < 500)
            for query in ["event_type=%00", "before=%00", "after=9999999999", "page_size=99999999999999999999", "page_size=-1"] {
                let answer = try await server.get("\(path)/notifications?\(query)")
                #expect(answer.status == 200 || answer.status == 400, "\(query) \(answer.text)")
            }
            for query in ["app=%00", "resource_name=%00", "app=&app=", "deep=", "=", "&&&"] {
                #expect(try await server.get("/api/v3/connections?\(query)").status == 200, "\(query)")
            }
            #expect(try await server.get("\(path)/jobs?state=%00").status == 400)
            #expect(try await server.get("/api/v3/connections?deep=%00").status == 400)
            #expect(try await server.get("/api/v3/apps/%00").status == 404)
        }
    }

    @Test("a body that ends too early is not taken for a whole one")
    func truncated() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let client = try RawClient(port: server.port)
            await client.send(
                "PATCH /api/v3/connections/\(connection.id.text) HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(server.token)\r\nContent-Length: 100\r\n\r\n{\"name\":\"Half\"}"
            )
            client.finish()
            #expect(statuses(try await client.readToEnd()) == [400])
            #expect(try await server.store.connection(connection.id)?.name != "Half")
        }
    }

    @Test("answers that are under way come before the refusal of what follows on their connection")
    func pipelined() async throws {
        try await Server.with { server in
            let client = try RawClient(port: server.port)
            let good = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
            await client.send(good + good + "nonsense\r\n\r\n" + good)
            #expect(statuses(try await client.readToEnd()) == [200, 200, 400])
        }
    }

    @Test("HTTP/1.0 closes unless it asks not to; HTTP/1.1 stays open unless it asks to close")
    func persistence() async throws {
        try await Server.with { server in
            for request in [
                "GET /healthz HTTP/1.0\r\n\r\n", "GET /healthz HTTP/1.0\r\nConnection: close\r\n\r\n",
                "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n",
                "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
            ] {
                let client = try RawClient(port: server.port)
                await client.send(request)
                let answer = try await client.readToEnd()
                #expect(statuses(answer) == [200], "\(request)")
                #expect(answer.contains("Connection: close"))
            }
            for request in ["GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"] {
                let client = try RawClient(port: server.port)
                await client.send(request)
                let first = try await client.read(until: "}")
                #expect(first.contains("Connection: keep-alive") == request.contains("1.0"))
                await client.send(request)
                #expect(statuses(try await client.read(until: "}")) == [200])
            }
        }
    }
}
