import HTTPTypes
package import Hummingbird
import NIOCore

/// What a feed tells one client, as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
package struct EventStream<News: Sendable>: Sendable {
    private let beats: AsyncStream<FeedBeat<News>>
    private let opening: String
    private let text: @Sendable (FeedBeat<News>) -> String

    /// - Parameters:
    ///   - opening: what is told first.
    ///   - text: the events of a beat; nothing where there is none for this client.
    package init(_ beats: AsyncStream<FeedBeat<News>>, opening: String = "", text: @escaping @Sendable (FeedBeat<News>) -> String) {
        self.beats = beats
        self.opening = opening
        self.text = text
    }

    package var response: Response {
        Response(
            status: .ok,
            headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store", .accelBuffering: "no"],
            body: ResponseBody { [self] writer in
                try await writer.write(ByteBuffer(string: "retry: \(EventStreamTimes.retryMilliseconds)\n\n\(opening)"))
                let end = ContinuousClock.now + EventStreamTimes.longest
                for await beat in beats {
                    let told = text(beat)
                    if !told.isEmpty {
                        try await writer.write(ByteBuffer(string: told))
                    } else if beat.news == nil {
                        try await writer.write(ByteBuffer(string: ": waiting\n\n"))
                    }
                    if ContinuousClock.now > end { break }
                }
                try await writer.finish(nil)
            })
    }
}

private enum EventStreamTimes {
    /// After this a client comes again that was cut off.
    static let retryMilliseconds = 2000
    /// After this the client comes again by itself, and is asked again who it is.
    static let longest = Duration.seconds(900)
}
