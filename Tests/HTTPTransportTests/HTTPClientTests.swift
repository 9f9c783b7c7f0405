import HTTPTransport
import HTTPTypes
import RawHTTPServer
import Testing

/// What every test here sends with: no proxy, whatever the machine's environment says.
let direct = HTTPClientConfiguration(proxy: .none)

@Suite("HTTPClient: requests and answers", .timeLimit(.minutes(20)))
struct HTTPClientTests {
    private static let marked = HTTPField.Name("X-A")!
    private static let empty = HTTPField.Name("X-Empty")!
    private static let twice = HTTPField.Name("X-TWICE")!

    let client = HTTPClient(configuration: direct)

    @Test("an answer's status, headers and body arrive, header names without regard to case")
    func simple() async throws {
        let server = try RawHTTPServer { connection in
            _ = try connection.readRequest()
            try connection.write("HTTP/1.1 207 Multi-Status\r\nX-Twice: a\r\nx-twice:  b \r\nContent-Length: 5\r\n\r\nhello")
        }
        let answer = try await client.perform(TransferRequest(url: server.url))
        #expect(answer.status == 207)
        #expect(answer.headers[first: Self.twice] == "a")
        #expect(answer.headers[values: Self.twice] == ["a", "b"])
        #expect(String(decoding: answer.bytes, as: UTF8.self) == "hello")
    }

    @Test("method, target, headers and body go out as given")
    func request() async throws {
        let server = try RawHTTPServer(answering: { request in
            RawAnswer(
                200,
                "\(request.method) \(request.target) \(request.header("X-Empty") ?? "-")|\(request.header("X-A") ?? "-") \(request.text)")
        })
        var request = TransferRequest(method: .patch, url: server.url + "/a/b?q=1%202", body: .bytes(Array("body".utf8)))
        request.headers = [Self.marked: "1", Self.empty: ""]
        let answer = try await client.perform(request)
        #expect(String(decoding: answer.bytes, as: UTF8.self) == "PATCH /a/b?q=1%202 |1 body")
    }

    @Test("requests one after another share a connection")
    func keepAlive() async throws {
        let server = try RawHTTPServer(answering: { RawAnswer(200, "\($0.connection)") })
        for _ in 0..<5 {
            let answer = try await client.perform(TransferRequest(url: server.url))
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
                    let answer = try await client.perform(TransferRequest(url: server.url + "/\(number)"))
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
        let answer = try await client.perform(TransferRequest(url: server.url))
        #expect(answer.status == 200)
        #expect(answer.headers.map(\.name) == [.transferEncoding])
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
        let answer = try await client.perform(TransferRequest(url: server.url))
        #expect(answer.status == 200)
        #expect(String(decoding: answer.bytes, as: UTF8.self) == "hello hello hello hello")
    }

    @Test("answers without a body end at once")
    func noBody() async throws {
        let server = try RawHTTPServer(answering: { _ in RawAnswer(204) })
        let answer = try await client.perform(TransferRequest(method: .delete, url: server.url))
        #expect(answer.status == 204 && answer.bytes.isEmpty)
    }

    @Test("a value that would smuggle a line goes out on one", arguments: ["a\r\nX-Empty: y", "a\u{0}\nX-Empty: y", "a\rX-Empty: y"])
    func headerInjection(value: String) async throws {
        let server = try RawHTTPServer(answering: { RawAnswer(200, "\($0.header("X-A") ?? "-")|\($0.header("X-Empty") ?? "-")") })
        let answer = try await client.perform(TransferRequest(url: server.url, headers: [Self.marked: value]))
        let text = String(decoding: answer.bytes, as: UTF8.self)
        #expect(text.hasPrefix("a ") && text.hasSuffix(" X-Empty: y|-"), "\(text)")
    }

    @Test("cookies go out in one field, however they were put together")
    func cookies() async throws {
        let server = try RawHTTPServer(answering: { request in
            RawAnswer(200, request.headers.filter { $0.0.lowercased() == "cookie" }.map(\.1).joined(separator: "|"))
        })
        var set: HTTPFields = [:]
        set[.cookie] = "a=1; b=2"
        for headers in [set, [.cookie: "a=1; b=2"], [.cookie: "a=1", .cookie: "b=2"]] {
            let answer = try await client.perform(TransferRequest(url: server.url, headers: headers))
            #expect(String(decoding: answer.bytes, as: UTF8.self) == "a=1; b=2")
        }
    }

    @Test("a field without a name that HTTP knows is left out of the answer's head")
    func namelessField() async throws {
        let server = try RawHTTPServer { connection in
            _ = try connection.readRequest()
            try connection.write("HTTP/1.1 200 OK\r\nX A: 1\r\nX-Empty:\r\nContent-Length: 0\r\n\r\n")
        }
        let answer = try await client.perform(TransferRequest(url: server.url))
        #expect(answer.headers.map(\.name) == [Self.empty, .contentLength])
    }

    @Test("a head of more fields than can be kept is refused")
    func overlongHead() async throws {
        let server = try RawHTTPServer { connection in
            _ = try connection.readRequest()
            try connection.write("HTTP/1.1 200 OK\r\n" + String(repeating: "a:\r\n", count: 70_000) + "Content-Length: 0\r\n\r\n")
        }
        await #expect { try await client.perform(TransferRequest(url: server.url)) } throws: {
            guard let error = $0 as? HTTPTransportError else { return false }
            return error.code == .malformedResponse && error.message == "the answer's head has more than 1000 fields"
        }
        #expect(throws: HTTPTransportError.self) {
            try BlockingTransfer.run(TransferRequest(url: server.url), configuration: direct) { _ in
                .deliver
            } onBody: { _ in
            }
        }
    }

    @Test(
        "what is no absolute http URL is refused, and is not repeated in the error",
        arguments: [
            "", "127.0.0.1", "ftp://user:pw@host/", "http://", "file:///etc/passwd", "http://user:pw@a b/", "http://h/ä",
        ])
    func malformedURL(url: String) async throws {
        await #expect { try await client.perform(TransferRequest(url: url)) } throws: {
            guard let error = $0 as? HTTPTransportError else { return false }
            return error.code == .malformedURL && !error.isRetryable && !"\(error)".contains("pw")
        }
    }
}
