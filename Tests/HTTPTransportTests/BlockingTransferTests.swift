import Eventually
import HTTPTransport
import HTTPTypes
import RawHTTPServer
import Testing

@Suite("BlockingTransfer", .timeLimit(.minutes(20)))
struct BlockingTransferTests {
    private static let locator = HTTPField.Name("Sforce-Locator")!

    @Test("a body is handed over piece by piece on the calling thread, and counted")
    func delivers() throws {
        let body = (0..<300_000).map { UInt8(truncatingIfNeeded: $0) }
        let server = try RawHTTPServer(answering: { [body] _ in RawAnswer(200, headers: [("Sforce-Locator", "null")], bytes: body) })
        var received: [UInt8] = []
        var locator: String?
        let statistics = try BlockingTransfer.run(TransferRequest(url: server.url), configuration: direct) { head in
            locator = head.headers[Self.locator]
            return .deliver
        } onBody: {
            received.append(contentsOf: $0)
        }
        #expect(received == body && locator == "null")
        #expect(statistics.head.status == 200 && statistics.bodyBytes == body.count && statistics.wireBytes == body.count)
    }

    @Test("an instance keeps its connection from run to run")
    func reuse() throws {
        let server = try RawHTTPServer(answering: { RawAnswer(200, $0.target) })
        let transfer = BlockingTransfer(configuration: direct)
        let reused = try (0..<3).map { _ in
            try transfer.run(TransferRequest(url: server.url)) { _ in
                .deliver
            } onBody: { _ in
            }.reusedConnection
        }
        #expect(reused == [false, true, true] && server.connectionCount == 1)
    }

    @Test("an error's body can be collected instead of delivered")
    func collects() throws {
        let server = try RawHTTPServer(answering: { _ in RawAnswer(401, "[]") })
        let statistics = try BlockingTransfer.run(TransferRequest(url: server.url), configuration: direct) {
            $0.status == 200 ? .deliver : .collect(upTo: 100)
        } onBody: { _ in
            Issue.record("delivered")
        }
        #expect(statistics.head.status == 401 && statistics.collectedBody == Array("[]".utf8))
    }

    @Test("what a callback throws ends the transfer and comes out unchanged")
    func callbackThrows() throws {
        let server = try RawHTTPServer(answering: { _ in RawAnswer(200, "body") })
        #expect(throws: Broken.self) {
            try BlockingTransfer.run(TransferRequest(url: server.url), configuration: direct) { _ in
                throw Broken()
            } onBody: { _ in
            }
        }
        #expect(throws: Broken.self) {
            try BlockingTransfer.run(TransferRequest(url: server.url), configuration: direct) { _ in
                .deliver
            } onBody: { _ in
                throw Broken()
            }
        }
    }

    @Test("raising the cancellation ends a transfer that waits")
    func cancels() async throws {
        let server = try RawHTTPServer { connection in connection.waitForEnd() }
        let cancellation = TransferCancellation()
        let url = server.url
        let error = await withCheckedContinuation { (continuation: CheckedContinuation<HTTPTransportError?, Never>) in
            Thread.start {
                do {
                    _ = try BlockingTransfer.run(TransferRequest(url: url), configuration: direct, cancellation: cancellation) { _ in
                        .deliver
                    } onBody: { _ in
                    }
                    continuation.resume(returning: nil)
                } catch {
                    continuation.resume(returning: error as? HTTPTransportError)
                }
            }
            Task {
                try await eventually { server.connectionCount > 0 }
                cancellation.cancel()
            }
        }
        #expect(error?.code == .cancelled)
    }

    @Test("a stalled download runs into its time-out")
    func stalls() throws {
        let server = try RawHTTPServer { connection in
            _ = try connection.readRequest()
            try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            connection.waitForEnd()
        }
        let request = TransferRequest(url: server.url, timeouts: HTTPTimeouts(total: nil, stall: .seconds(1)))
        #expect {
            try BlockingTransfer.run(request, configuration: direct) { _ in
                .deliver
            } onBody: { _ in
            }
        } throws: { ($0 as? HTTPTransportError)?.code == .timedOut }
    }
}
