import Catalog
import Eventually
import Foundation
import HTTPTypes
import JobQueue
import Postgres
import SyncWorld
import TestDatabase
import Testing

@testable import Sync

@Suite("By which interface rows are read")
struct ReadWayTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let rows: Int
        var threshold = 10_000
        /// Rows and seconds of the first page.
        var page = (rows: 2000, seconds: 0.5)
        var pace = BulkPace.unknown
        let way: ReadWay
        var testDescription: String { "\(rows) rows, threshold \(threshold), \(page), \(pace.wait), \(pace.rowsPerSecond) rows/s: \(way)" }
    }

    private static let quick = BulkPace(wait: .seconds(2), rowsPerSecond: 50_000)
    static let cases = [
        Case(rows: 0, way: .rest), Case(rows: 1, way: .rest),
        // Below the threshold nothing is weighed.
        Case(rows: 10_000, page: (2000, 60), pace: quick, way: .rest),
        // Up to 50,000 rows the quicker one.
        Case(rows: 10_001, way: .rest), Case(rows: 50_000, page: (2000, 0.6), way: .rest),
        Case(rows: 50_000, page: (2000, 0.7), way: .bulk),
        Case(rows: 20_000, page: (2000, 0.1), pace: quick, way: .rest), Case(rows: 20_000, page: (2000, 0.5), pace: quick, way: .bulk),
        // Pages that are shorter than asked for are more.
        Case(rows: 20_000, page: (200, 0.1), way: .rest), Case(rows: 20_000, page: (200, 0.2), way: .bulk),
        // Above, a bulk query, however fast REST is.
        Case(rows: 50_001, page: (2000, 0.001), way: .bulk), Case(rows: 5_000_000, page: (2000, 0.001), way: .bulk),
        // Another threshold moves both.
        Case(rows: 5, threshold: 1, page: (5, 0.01), way: .rest), Case(rows: 6, threshold: 1, page: (6, 0.01), way: .bulk),
        Case(rows: 1, threshold: 0, way: .bulk), Case(rows: 60_000, threshold: 60_000, page: (2000, 9), way: .rest),
        Case(rows: .max, threshold: .max / 2, page: (2000, 0), way: .rest),
        // An org that answers with an empty page of a full result says nothing of its speed.
        Case(rows: 20_000, page: (0, 0.1), way: .bulk),
    ]

    @Test("REST below large_query_threshold, a bulk query beyond five times as much, and between the two the quicker one", arguments: cases)
    func decided(_ test: Case) {
        let first = ReadWay.Page(rows: test.page.rows, seconds: test.page.seconds)
        #expect(ReadWay.of(rows: test.rows, threshold: test.threshold, first: first, pace: test.pace) == test.way)
    }

    @Test("a poll of more than the threshold goes by the quicker one, as the org has shown itself", arguments: [true, false])
    func polled(isBulkFast: Bool) async throws {
        try await SyncWorld.with(rows: ["Account": 600], bulkPageRows: 200) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_only", nil)])
            // What a load of few rows showed.
            try await eventually("the load's pace is noted") {
                try await world.catalog.connection(world.connectionID)?.bulkPace != .unknown
            }
            try await world.pool.run(
                """
                UPDATE sluice.connections SET large_query_threshold = 100, bulk_wait_ms = \(isBulkFast ? 1 : 60_000), bulk_rows_per_second = 1000000
                """)
            try await world.sandbox(.post, "/sandbox/faults", #"{"maximum_page_rows":50}"#)
            try await world.change(300)
            let polled = try await world.poll("Account")
            #expect(polled.state == "completed" && polled.text.contains("merged page by page") == isBulkFast, "\(polled)")
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test("a small object is loaded by REST, without a bulk query, and reloaded so", arguments: TargetHome.allCases)
    func smallLoad(home: TargetHome) async throws {
        try await SyncWorld.with(rows: ["Account": 120], home: home, countsRecords: true) { world in
            try await world.sandbox(.post, "/sandbox/faults", #"{"maximum_page_rows":50}"#)
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", "External_Id__c")])
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
            let ids: PostgresQuery = "SELECT sum(hashtext(sfid || id)) AS ids FROM salesforce.account WHERE id <> 7 AND id <= 120"
            let before: Int = try await world.target.query(ids)[0].decode("ids")
            try await world.script(
                "BEGIN; SET LOCAL xmlbinary TO 'hex'; DELETE FROM salesforce.account WHERE id = 7; UPDATE salesforce.account SET name = 'x' WHERE id < 5; COMMIT"
            )
            #expect(try await world.run(try .load(try await world.mapping("Account"), reason: .reload)).state == "completed")
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
            // All rows but the lost one, which came again, are those that they were.
            #expect(try await world.target.query(ids)[0].decode("ids", as: Int.self) == before)
            #expect(try await world.bulkQueries() == 0)
            // Deletes that only a comparison of ids finds.
            let gone = try await world.sfids("Account").min()!
            try await world.sandbox(.post, "/sandbox/hard-delete", #"{"ids":["\#(gone)"]}"#)
            #expect(try await world.run(try .load(try await world.mapping("Account"), reason: .deletes)).state == "completed")
            #expect(try await world.sfids("Account").contains(gone) == false)
            #expect(try await world.bulkQueries() == 0)
        }
    }

    @Test(
        "an object that is larger than the org's statistics say, or too much for a query by REST, is loaded by a bulk query",
        arguments: [true, false])
    func notSmall(isTimeout: Bool) async throws {
        try await SyncWorld.with(rows: ["Account": 60], countsRecords: true) { world in
            if isTimeout {
                try await world.sandbox(
                    .post, "/sandbox/trouble",
                    #"{"kind":"status","status":400,"code":"QUERY_TIMEOUT","path_prefix":"…/queryAll","count":1}"#)
                try await world.sandbox(
                    .post, "/sandbox/trouble", #"{"kind":"status","status":400,"code":"QUERY_TIMEOUT","path_prefix":"…/query","count":1}"#)
            } else {
                try await world.pool.run("UPDATE sluice.connections SET large_query_threshold = 70")
                try await world.sandbox(
                    .post, "/sandbox/mutate", #"{"object":"Account","insert":{"count":20,"fields":{"Name":"new %d"}}}"#)
            }
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_only", nil)])
            #expect(try await world.bulkQueries() == 1)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
            #expect(try await world.count("sluice.finished_jobs WHERE kind = 'load' AND last_error IS NOT NULL") == 0)
        }
    }
}
