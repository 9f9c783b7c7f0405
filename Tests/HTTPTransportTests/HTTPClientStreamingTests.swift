import HTTPTransport
import HTTPTypes
import RawHTTPServer
import Synchronization
import Testing

@Suite("HTTPClient: streaming", .timeLimit(.minutes(20)))
struct HTTPClientStreamingTests {
    let client = HTTPClient(configuration: direct)

    @Test("a body arrives piece by piece while the server still writes")
    func drip() async throws {
        let (permits, permit) = AsyncStream<Void>.makeStream()
        let gate = Gate(permits)
        let server = try RawHTTPServer { connection in
            _ = try connection.readRequest()
            try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")
            for byte in "drip".utf8 {
                try connection.write([byte])
                gate.wait()
            }
        }
        let response = try await client.send(TransferRequest(url: server.url))
        var pieces: [[UInt8]] = []
        for try await piece in response.body {
            pieces.append(piece)
            permit.yield()
        }
        #expect(pieces == "drip".utf8.map { [$0] })
    }

    @Test("a reader that lags stops the server, and gets every byte in order when it reads on")
    func backPressure() async throws {
        let total = 32 * 1024 * 1024
        let written = Atomic(0)
        let server = try RawHTTPServer { [total] connection in
            _ = try connection.readRequest()
            try connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
            var next = 0
            while next < total {
                try connection.write([UInt8](repeating: UInt8(truncatingIfNeeded: next >> 16), count: 65536))
                next += 65536
                written.store(next, ordering: .relaxed)
            }
        }
        let response = try await client.send(TransferRequest(url: server.url))
        // The server gets no further than the socket buffers and ours: wait until it stands still.
        var seen = -1
        var still = 0
        while still < 50 {
            let now = written.load(ordering: .relaxed)
            still = now == seen && now > 0 ? still + 1 : 0
            seen = now
            try await client.pause(.milliseconds(4))
        }
        #expect(seen < total / 2)
        var received = 0
        var isOrdered = true
        for try await piece in response.body {
            #expect(piece.count <= 512 * 1024)
            isOrdered = isOrdered && piece[0] == UInt8(truncatingIfNeeded: received >> 16)
            received += piece.count
        }
        #expect(isOrdered && received == total)
    }

    @Test("dropping an unread answer closes its connection")
    func abandoned() async throws {
        let (ends, ended) = AsyncStream<Void>.makeStream()
        let server = try RawHTTPServer { connection in
            _ = try connection.readRequest()
            try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
            let piece = [UInt8](repeating: 7, count: 65536)
            do { while true { try connection.write(piece) } } catch { ended.finish() }
        }
        #expect(try await client.send(TransferRequest(url: server.url)).status == 200)
        for await _ in ends {}
    }

    @Test("cancelling a task that reads a body ends the transfer")
    func cancelled() async throws {
        let server = try RawHTTPServer { connection in
            _ = try connection.readRequest()
            try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx")
            connection.waitForEnd()
        }
        let (starts, started) = AsyncStream<Void>.makeStream()
        let task = Task {
            let response = try await client.send(TransferRequest(url: server.url))
            for try await _ in response.body { started.finish() }
        }
        for await _ in starts {}
        task.cancel()
        await #expect { try await task.value } throws: { ($0 as? HTTPTransportError)?.code == .cancelled }
    }

    @Test("an upload streams with a length or chunked, and arrives whole", arguments: [true, false])
    func upload(withLength: Bool) async throws {
        let server = try RawHTTPServer(answering: { request in
            let sum = request.body.withUnsafeBytes { bytes in bytes.indices.reduce(0) { $0 &+ Int(bytes[$1]) } }
            return RawAnswer(200, "\(request.header("Content-Length") ?? "chunked") \(request.body.count) \(sum)")
        })
        let pieces = (0..<200).map { number in [UInt8](repeating: UInt8(number), count: 10_007) }
        let stream = HTTPBodyStream(
            AsyncStream { continuation in
                for piece in pieces { continuation.yield(piece) }
                continuation.finish()
            })
        let length = pieces.count * 10_007
        let request = TransferRequest(method: .put, url: server.url, body: .stream(length: withLength ? length : nil, stream))
        let answer = try await client.perform(request)
        let sum = pieces.reduce(0) { $0 + Int($1[0]) * 10_007 }
        #expect(String(decoding: answer.bytes, as: UTF8.self) == "\(withLength ? "\(length)" : "chunked") \(length) \(sum)")
    }

    @Test("an upload takes no more from its producer than the server reads")
    func uploadBackPressure() async throws {
        let (permits, permit) = AsyncStream<Void>.makeStream()
        let gate = Gate(permits)
        let server = try RawHTTPServer { connection in
            _ = try connection.readHead()
            gate.wait()
            _ = try connection.read(64 * 1024 * 1024)
            try connection.write(RawAnswer(200, "done").bytes)
        }
        let produced = Counter()
        let stream = HTTPBodyStream(CountingChunks(count: 1024, size: 65536, produced: produced))
        async let answer = client.perform(
            TransferRequest(method: .put, url: server.url, body: .stream(length: 64 * 1024 * 1024, stream)))
        var seen = -1
        var still = 0
        while still < 50 {
            let now = produced.value
            still = now == seen && now > 0 ? still + 1 : 0
            seen = now
            try await client.pause(.milliseconds(4))
        }
        #expect(seen < 512)
        permit.yield()
        #expect(try await answer.status == 200)
        #expect(produced.value == 1024)
    }

    @Test("a producer that fails ends the request with its reason")
    func uploadFailure() async throws {
        let server = try RawHTTPServer { connection in connection.waitForEnd() }
        let stream = HTTPBodyStream(
            AsyncThrowingStream<[UInt8], any Error> { continuation in
                continuation.yield([1, 2, 3])
                continuation.finish(throwing: Broken())
            })
        await #expect {
            try await client.perform(TransferRequest(method: .post, url: server.url, body: .stream(length: nil, stream)))
        } throws: {
            guard let error = $0 as? HTTPTransportError else { return false }
            return error.code == .callbackFailed && error.message.contains("Broken")
        }
    }

    @Test("an answer that comes before the upload is finished is delivered")
    func earlyAnswer() async throws {
        let server = try RawHTTPServer { connection in
            _ = try connection.readHead()
            try connection.write("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig")
            connection.waitForEnd()
        }
        let produced = Counter()
        let stream = HTTPBodyStream(CountingChunks(count: 100_000, size: 65536, produced: produced))
        let answer = try await client.perform(TransferRequest(method: .post, url: server.url, body: .stream(length: nil, stream)))
        #expect(answer.status == 413 && answer.bytes == Array("big".utf8))
    }
}

struct Broken: Error {}

final class Counter: Sendable {
    private let count = Atomic(0)
    var value: Int { count.load(ordering: .relaxed) }
    func add() { count.add(1, ordering: .relaxed) }
}

struct CountingChunks: AsyncSequence, AsyncIteratorProtocol, Sendable {
    let count: Int
    let size: Int
    let produced: Counter

    func makeAsyncIterator() -> CountingChunks { self }

    mutating func next() async -> [UInt8]? {
        guard produced.value < count else { return nil }
        produced.add()
        return [UInt8](repeating: 1, count: size)
    }
}
