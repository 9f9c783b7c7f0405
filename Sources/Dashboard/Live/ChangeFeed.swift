import Catalog
import Foundation
import HTTPTypes
import JobQueue
import Logging
import Postgres
import WebServer

/// Tells open pages that there is something new to show: one LISTEN and one look for the whole process, however many pages are open.
///
/// What the journal tells is announced by the database; ends of jobs, progress and states are found by looking, which costs no writer anything. Only
/// connections that somebody looks at are looked at, and what comes together is told once.
actor ChangeFeed {
    private struct Seat {
        let connections: Set<UUID>
        let continuation: AsyncStream<Void>.Continuation
    }

    /// Pages at a time; each holds a connection of the server.
    private static let mostFollowers = 500
    private static let shortestPause = Duration.milliseconds(500)
    private static let longestPause = Duration.seconds(2)

    private let catalog: CatalogStore
    private let logger: Logger
    private var seats: [UUID: Seat] = [:]
    private var marks: [UUID: String] = [:]
    private var runs: Task<Void, Never>?

    init(catalog: CatalogStore, logger: Logger) {
        self.catalog = catalog
        self.logger = logger
    }

    /// Begins to follow some connections, until the stream is dropped. Changes that nobody has taken yet are one.
    ///
    /// - Throws: `APIError` when too many pages follow already.
    func follow(_ connections: Set<UUID>) throws -> AsyncStream<Void> {
        guard seats.count < Self.mostFollowers else {
            throw APIError(
                status: .serviceUnavailable, code: "too_many_streams",
                message: "\(Self.mostFollowers) pages are open already; try again later")
        }
        let id = UUID()
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        continuation.onTermination = { _ in Task { await self.leave(id) } }
        seats[id] = Seat(connections: connections, continuation: continuation)
        if runs == nil { runs = Task { await run() } }
        return stream
    }

    /// Ends all streams.
    func close() {
        runs?.cancel()
        runs = nil
        for seat in seats.values { seat.continuation.finish() }
        seats = [:]
    }

    private func leave(_ id: UUID) {
        seats[id] = nil
        guard seats.isEmpty else { return }
        runs?.cancel()
        runs = nil
        marks = [:]
    }

    private func run() async {
        let (signals, listener) = signals()
        defer { listener?.stop() }
        for await _ in signals {
            guard !Task.isCancelled else { break }
            do {
                try await look()
            } catch {
                logger.warning("Changes cannot be told to open pages, trying again", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: Self.shortestPause)
        }
    }

    private func look() async throws {
        let wanted = seats.values.reduce(into: Set<UUID>()) { $0.formUnion($1.connections) }
        let records = try await catalog.changeMarks(of: Array(wanted))
        let jobs = try await JobQueue(pool: catalog.pool).changeMarks(of: Array(wanted))
        var changed: Set<UUID> = []
        for id in wanted {
            let mark = "\(records[id] ?? "gone") \(jobs[id] ?? "")"
            if let former = marks.updateValue(mark, forKey: id), former != mark { changed.insert(id) }
        }
        guard !changed.isEmpty else { return }
        for seat in seats.values where !seat.connections.isDisjoint(with: changed) { seat.continuation.yield() }
    }

    /// Announcements and the clock; what comes while nobody looks is one.
    private func signals() -> (AsyncStream<Void>, PostgresListener?) {
        let (signals, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let listener: PostgresListener?
        do {
            listener = try PostgresListener(
                configuration: catalog.pool.configuration, channels: [CatalogStore.eventChannel], logger: logger)
        } catch {
            listener = nil
            logger.warning("LISTEN on the journal is not possible, looking now and then", metadata: ["error": "\(error)"])
        }
        let relay = listener.map { listener in
            Task { for await event in listener.events where event != .lost { continuation.yield() } }
        }
        let clock = Task {
            while (try? await Task.sleep(for: Self.longestPause)) != nil { continuation.yield() }
        }
        continuation.onTermination = { _ in
            relay?.cancel()
            clock.cancel()
        }
        return (signals, listener)
    }
}
