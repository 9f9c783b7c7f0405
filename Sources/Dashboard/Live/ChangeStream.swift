import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// One open page that is told when there is something new, as server-sent events
/// (https://html.spec.whatwg.org/multipage/server-sent-events.html): `change`, without saying what; the page asks for itself again.
struct ChangeStream: Sendable {
    /// A line of comment keeps proxies from closing a quiet stream.
    private static let pause = Duration.seconds(15)
    /// After this the browser comes again by itself, and is asked again who it is.
    private static let longest = Duration.seconds(900)

    let changes: AsyncStream<Void>

    var response: Response {
        Response(
            status: .ok, headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody { [changes] writer in
                try await writer.write(ByteBuffer(string: "retry: 3000\n\n"))
                let end = ContinuousClock.now + Self.longest
                for await isChange in Self.beats(changes) {
                    try await writer.write(ByteBuffer(string: isChange ? "event: change\ndata: {}\n\n" : ": waiting\n\n"))
                    if ContinuousClock.now > end { break }
                }
                try await writer.finish(nil)
            })
    }

    /// Changes as true, and false after each pause.
    private static func beats(_ changes: AsyncStream<Void>) -> AsyncStream<Bool> {
        let (beats, continuation) = AsyncStream.makeStream(of: Bool.self, bufferingPolicy: .bufferingNewest(4))
        let relay = Task {
            for await _ in changes { continuation.yield(true) }
            continuation.finish()
        }
        let clock = Task {
            while (try? await Task.sleep(for: pause)) != nil { continuation.yield(false) }
        }
        continuation.onTermination = { _ in
            relay.cancel()
            clock.cancel()
        }
        return beats
    }
}
