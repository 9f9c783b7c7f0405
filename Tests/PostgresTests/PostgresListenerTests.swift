import Postgres
import TestDatabase
import Testing

@Suite("A listener", .timeLimit(.minutes(20)))
struct PostgresListenerTests {
    private typealias Events = AsyncStream<PostgresListenerEvent>.AsyncIterator

    @Test("says that it listens, then delivers what is notified, in order and with any channel's name")
    func delivery() async throws {
        try await TestDatabase.with { database in
            let pool = database.pool(size: 1)
            let channels = ["sluice_jobs", "a \"strange\" Channel"]
            let listener = try PostgresListener(configuration: database.configuration, channels: channels, logger: TestDatabase.quietLogger)
            var events = listener.events.makeAsyncIterator()
            #expect(await events.next() == .listening)
            for number in 1...3 {
                for channel in channels { try await pool.run("SELECT pg_notify(\(channel), \("payload \(number)"))") }
            }
            for number in 1...3 {
                for channel in channels { #expect(await events.next() == .notification(channel: channel, payload: "payload \(number)")) }
            }
            listener.stop()
            #expect(await events.next() == nil)
        }
    }

    @Test("listens again after the server ended its connection, and says so")
    func survivesTermination() async throws {
        try await TestDatabase.with { database in
            let pool = database.pool(size: 1)
            let listener = try PostgresListener(configuration: database.configuration, channels: ["news"], logger: TestDatabase.quietLogger)
            var events = listener.events.makeAsyncIterator()
            #expect(await events.next() == .listening)
            for round in 1...3 {
                let ended = try await pool.query(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%listener' AND datname = current_database()"
                )
                #expect(ended.count == 1)
                #expect(await events.next() == .lost)
                #expect(await events.next() == .listening)
                try await pool.run("SELECT pg_notify('news', \("\(round)"))")
                #expect(await events.next() == .notification(channel: "news", payload: "\(round)"))
            }
            listener.stop()
            #expect(await events.next() == nil)
        }
    }

    @Test("stops while it waits for a server that is not there")
    func stopsWhileUnreachable() async throws {
        let configuration = try PostgresConfiguration(url: "postgres://nobody@127.0.0.1:1/none")
        let listener = try PostgresListener(configuration: configuration, channels: ["news"], logger: TestDatabase.quietLogger)
        listener.stop()
        var events = listener.events.makeAsyncIterator()
        #expect(await events.next() == nil)
    }
}
