import HTTPTransport
import RawHTTPServer
import Testing

/// What every test here sends with: no proxy, whatever the machine's environment says.
let direct = HTTPClientConfiguration(proxy: .none)

@Suite("HTTPClient: requests and answers", .timeLimit(.minutes(15)))
struct HTTPClientTests {
    let client = HTTPClient(configuration: direct)

    @Test("an answer's status, headers and body arrive, header names without regard to case")
    func simple() async throws {
        let server = try RawHTTPServer { connection in
            _ = try connection.readRequest()
            try connection.write("HTTP/1.1 207 Multi-Status\r\nX-Twice: a\r\nx-twice:  b \r\nContent-Length: 5\r\n\r\nhello")
        }
        let answer = try await client.perform(HTTPRequest(url: server.url))
        #expect(answer.status == 207)
        #expect(answer.headers["X-TWICE"] == "a")
        #expect(answer.headers.values("x-twice") == ["a", "b"])
        #expect(String(decoding: answer.bytes, as: UTF8.self) == "hello")
    }

    @Test("method, target, headers and body go out as given")
    func request() async throws {
        let server = try RawHTTPServer(answering: { request in
            RawAnswer(
                200,
                "\(request.method) \(request.target) \(request.header("X-Empty") ?? "-")|\(request.header("X-A") ?? "-") \(request.text)")
        })
        var request = HTTPRequest(method: .patch, url: server.url + "/a/b?q=1%202", body: .bytes(Array("body".utf8)))
        request.headers = ["X-A": "1", "X-Empty": ""]
        let answer = try await client.perform(request)
        #expect(String(decoding: answer.bytes, as: UTF8.self) == "PATCH /a/b?q=1%202 |1 body")
    }

    @Test("requests one after another share a connection")
    func keepAlive() async throws {
        let server = try RawHTTPServer(answering: { RawAnswer(200, "\($0.connection)") })
        for _ in 0..<5 {
            let answer = try await client.perform(HTTPRequest(url: server.url))
            #expect(String(decoding: answer.bytes, as: UTF8.self) == "1")
        }
        #expect(server.connectionCount == 1)
    }

    @Test("many requests at once all get their own answer")
    func concurrency() async throws {
        let server = try RawHTTPServer(answering: { RawAnswer(200, $0.target) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let answer = try await client.perform(HTTPRequest(url: server.url + "/\(number)"))
                    #expect(String(decoding: answer.bytes, as: UTF8.self) == "/\(number)")
                }
            }
            try await group.waitForAll()
        }
        #expect(server.connectionCount <= 32)
    }

    @Test("a chunked answer is put together, interim answers and trailers are left out")
    func chunked() async throws {
        let server = try RawHTTPServer { connection in
            _ = try connection.readRequest()
            try connection.write("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            try connection.write("3\r\nabc\r\n4\r\ndefg\r\n0\r\nX-Trailer: t\r\n\r\n")
        }
        let answer = try await client.perform(HTTPRequest(url: server.url))
        #expect(answer.status == 200)
        #expect(answer.headers.fields.map(\.name) == ["Transfer-Encoding"])
        #expect(String(decoding: answer.bytes, as: UTF8.self) == "abcdefg")
    }

    @Test("a gzip answer is decoded, and the request asked for it")
    func gzip() async throws {
        // printf 'hello hello hello hello' | gzip -9n
        let packed: [UInt8] = [
            0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57, 0xc8, 0x40, 0x27, 0x01, 0xe3,
            0x51, 0x3d, 0x8d, 0x17, 0x00, 0x00, 0x00,
        ]
        let server = try RawHTTPServer(answering: { request in
            let accepts = request.header("Accept-Encoding")?.contains("gzip") == true
            return RawAnswer(accepts ? 200 : 406, headers: [("Content-Encoding", "gzip")], bytes: packed)
        })
        let answer = try await client.perform(HTTPRequest(url: server.url))
        #expect(answer.status == 200)
        #expect(String(decoding: answer.bytes, as: UTF8.self) == "hello hello hello hello")
    }

    @Test("answers without a body end at once")
    func noBody() async throws {
        let server = try RawHTTPServer(answering: { _ in RawAnswer(204) })
        let answer = try await client.perform(HTTPRequest(method: .delete, url: server.url))
        #expect(answer.status == 204 && answer.bytes.isEmpty)
    }

    @Test("a header that would smuggle a line is refused before anything is sent", arguments: ["a\r\nX: y", "a\u{0}b"])
    func headerInjection(value: String) async throws {
        await #expect { try await client.perform(HTTPRequest(url: "http://127.0.0.1:1", headers: ["X-A": value])) } throws: {
            ($0 as? HTTPTransportError)?.code == .malformedRequest
        }
    }

    @Test(
        "what is no absolute http URL is refused, and is not repeated in the error",
        arguments: [
            "", "127.0.0.1", "ftp://user:pw@host/", "http://", "file:///etc/passwd", "http://user:pw@a b/", "http://h/ä",
        ])
    func malformedURL(url: String) async throws {
        await #expect { try await client.perform(HTTPRequest(url: url)) } throws: {
            guard let error = $0 as? HTTPTransportError else { return false }
            return error.code == .malformedURL && !error.isRetryable && !"\(error)".contains("pw")
        }
    }
}
