import Eventually
import HTTPTransport
import HTTPTypes
import RawHTTPServer
import Testing

@Suite("HTTPClient: failures", .timeLimit(.minutes(20)))
struct HTTPClientFailureTests {
    let client = HTTPClient(configuration: direct)

    private func failure(_ request: TransferRequest) async -> HTTPTransportError? {
        do {
            _ = try await client.perform(request)
            return nil
        } catch {
            return error as? HTTPTransportError
        }
    }

    @Test("a refused connection is retryable, never reached the server, and shows neither query nor credentials")
    func refused() async throws {
        let server = try RawHTTPServer(answering: { _ in RawAnswer() })
        let port = server.port
        server.stop()
        let error = await failure(TransferRequest(url: "http://user:secret@127.0.0.1:\(port)/path?token=secret"))
        #expect(error?.code == .couldNotConnect)
        #expect(error?.isRetryable == true && error?.mayHaveReachedServer == false)
        #expect(error?.url == "http://127.0.0.1:\(port)/path")
        #expect(error?.description.contains("secret") == false)
    }

    @Test("an unknown host is told apart from a refused connection")
    func unresolved() async throws {
        let error = await failure(TransferRequest(url: "http://no-such-host.invalid/"))
        #expect(error?.code == .couldNotResolve && error?.mayHaveReachedServer == false)
    }

    @Test("a server that hangs up without a word may have done the work")
    func emptyReply() async throws {
        let server = try RawHTTPServer { _ = try $0.readRequest() }
        let error = await failure(TransferRequest(method: .post, url: server.url, body: .bytes([1])))
        #expect(error?.code == .emptyReply && error?.mayHaveReachedServer == true)
    }

    @Test("a POST that the server took is never repeated over another connection, a GET is", arguments: [[1], [], nil] as [[UInt8]?])
    func deadKeepAlive(body: [UInt8]?) async throws {
        // The first request of a connection is answered; the second is taken and the connection dies without a word.
        let posts = Counter()
        let gets = Counter()
        let server = try RawHTTPServer { connection in
            for isFirst in [true, false] {
                guard let request = try connection.readRequest() else { return }
                (request.method == "POST" ? posts : gets).add()
                if isFirst { try connection.write(RawAnswer(200, "\(connection.number)").bytes) }
            }
        }
        _ = try await client.perform(TransferRequest(url: server.url))
        let error = await failure(TransferRequest(method: .post, url: server.url, body: body.map { .bytes($0) } ?? .none))
        // Without a body the client takes a fresh connection, which answers.
        #expect(posts.value == 1)
        #expect((error == nil) == (body ?? []).isEmpty)
        #expect(error == nil || error?.mayHaveReachedServer == true)
        for _ in 0..<3 { _ = try await client.perform(TransferRequest(url: server.url)) }
        #expect(gets.value >= 4)
    }

    @Test("an answer that breaks off is an error, not a short body")
    func truncated() async throws {
        let server = try RawHTTPServer { connection in
            _ = try connection.readRequest()
            try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")
        }
        #expect(await failure(TransferRequest(url: server.url))?.code == .connectionLost)
    }

    @Test("what is not HTTP is an error")
    func notHTTP() async throws {
        let server = try RawHTTPServer { connection in
            _ = try connection.readRequest()
            try connection.write("SSH-2.0-OpenSSH_9.2\r\n")
        }
        let error = await failure(TransferRequest(url: server.url))
        #expect(error != nil && error?.isRetryable == true || error?.code == .malformedURL)
    }

    @Test("a silent server runs into the overall time-out")
    func totalTimeout() async throws {
        let server = try RawHTTPServer { connection in connection.waitForEnd() }
        let error = await failure(TransferRequest(url: server.url, timeouts: HTTPTimeouts(total: .milliseconds(100))))
        #expect(error?.code == .timedOut && error?.mayHaveReachedServer == true && error?.isRetryable == true)
    }

    @Test("a server that stops in the middle runs into the stall time-out")
    func stallTimeout() async throws {
        let server = try RawHTTPServer { connection in
            _ = try connection.readRequest()
            try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            connection.waitForEnd()
        }
        let error = await failure(TransferRequest(url: server.url, timeouts: HTTPTimeouts(total: nil, stall: .seconds(1))))
        #expect(error?.code == .timedOut)
    }

    @Test("a body above the limit ends the transfer")
    func tooLarge() async throws {
        let server = try RawHTTPServer(answering: { _ in RawAnswer(200, headers: [], bytes: [UInt8](repeating: 1, count: 1_000_000)) })
        do {
            _ = try await client.perform(TransferRequest(url: server.url), maxBody: 1000)
            Issue.record("the body was accepted")
        } catch let error as HTTPTransportError {
            #expect(error.code == .bodyTooLarge && !error.isRetryable)
        }
    }

    @Test("TLS against a server that speaks none is a TLS error that sent nothing")
    func tls() async throws {
        let server = try RawHTTPServer { connection in
            try connection.write("HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.waitForEnd()
        }
        let error = await failure(TransferRequest(url: "https://127.0.0.1:\(server.port)/"))
        #expect(error?.code == .tls && error?.mayHaveReachedServer == false)
    }

    @Test("cancelling the task ends a transfer that waits for its answer")
    func cancelBeforeHead() async throws {
        let (requests, arrived) = AsyncStream<Void>.makeStream()
        let server = try RawHTTPServer { connection in
            _ = try connection.readRequest()
            arrived.yield()
            connection.waitForEnd()
            arrived.finish()
        }
        let task = Task { await failure(TransferRequest(url: server.url)) }
        var iterator = requests.makeAsyncIterator()
        await iterator.next()
        task.cancel()
        #expect(await task.value?.code == .cancelled)
        // The server sees its connection closed.
        #expect(await iterator.next() == nil)
    }

    @Test("shutting the client down ends what runs and refuses what comes")
    func shutdown() async throws {
        let server = try RawHTTPServer { connection in connection.waitForEnd() }
        async let waiting = failure(TransferRequest(url: server.url))
        try await eventually { server.connectionCount > 0 }
        client.shutdown()
        #expect(await waiting?.code == .cancelled)
        let late = await failure(TransferRequest(url: server.url))
        #expect(late?.code == .cancelled && late?.mayHaveReachedServer == false)
    }
}
