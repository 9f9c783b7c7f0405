import Catalog
import CatalogWorld
import Foundation
import Postgres
import SyncJournal
import Testing

@Suite("Activity over time")
struct ActivityHistoryTests {
    @Test("every period has all of its spans, both ways, and what happened in the right one", arguments: HistoryPeriod.allCases)
    func spans(period: HistoryPeriod) async throws {
        try await RequestWorld.with { world in
            let account = try await world.mapping("Account", loaded: true)
            let contact = try await world.mapping("Contact", loaded: true)
            try await world.store.recordActivity(account.id, .salesforceToDatabase, rows: 5, errors: 1)
            try await world.store.recordActivity(contact.id, .databaseToSalesforce, rows: 7)
            let all = try await world.store.activityHistory(world.connection.id, period)
            let spans = Int(period.length / period.span)
            #expect(all.count == 2 * spans)
            let read = all.filter { $0.direction == .salesforceToDatabase }
            #expect(read.map(\.start) == read.map(\.start).sorted())
            #expect(read.reduce(0) { $0 + $1.rows } == 5)
            #expect(read.reduce(0) { $0 + $1.errors } == 1)
            #expect(all.filter { $0.direction == .databaseToSalesforce }.reduce(0) { $0 + $1.rows } == 7)
            #expect(read.suffix(2).reduce(0) { $0 + $1.rows } == 5)
            let one = try await world.store.activityHistory(world.connection.id, mapping: contact.id, period)
            #expect(one.reduce(0) { $0 + $1.rows } == 7)
        }
    }

    @Test("minutes of a day ago become hours with the same sums, and what is older than a month goes")
    func hours() async throws {
        try await RequestWorld.with { world in
            let account = try await world.mapping("Account", loaded: true)
            try await world.pool.run(
                """
                INSERT INTO sluice.activity (mapping_id, direction, bucket, rows, errors)
                SELECT \(account.id), 'sf_to_db', date_trunc('minute', sluice.clock()) - n * interval '1 minute', 2, 1 FROM generate_series(0, 2999) AS n
                """)
            try await world.pool.run(
                """
                INSERT INTO sluice.activity (mapping_id, direction, bucket, rows, is_hour)
                VALUES (\(account.id), 'sf_to_db', date_trunc('hour', sluice.clock()) - interval '40 days', 9, true)
                """)
            var gone = 0
            while case let minutes = try await world.store.summarizeActivity(olderThan: .seconds(25 * 3600)), minutes > 0 {
                gone += minutes
            }
            #expect(gone > 1400 && gone < 1500 + 60)
            #expect(try await world.store.pruneActivity(olderThan: .seconds(31 * 24 * 3600)) == 1)
            let row = try await world.pool.query(
                "SELECT sum(rows)::bigint AS rows, sum(errors)::bigint AS errors, count(*) AS n FROM sluice.activity")[0]
            #expect(try row.decode("rows", as: Int.self) == 6000)
            #expect(try row.decode("errors", as: Int.self) == 3000)
            #expect(try row.decode("n", as: Int.self) < 1650)
            let week = try await world.store.activityHistory(world.connection.id, .week)
            #expect(week.reduce(0) { $0 + $1.rows } == 6000)
        }
    }
}
