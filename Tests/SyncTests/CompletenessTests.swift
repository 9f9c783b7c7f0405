import Catalog
import Eventually
import Foundation
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import SyncWorld
import TestDatabase
import Testing

@Suite("Completeness told", .timeLimit(.minutes(30)))
struct CompletenessTests {
    private static let fields = ["Id", "IsDeleted", "SystemModstamp", "Name", "Phone"]

    private func withAccounts(_ body: @Sendable (SyncWorld) async throws -> Void) async throws {
        try await SyncWorld.with(rows: ["Account": 20]) { world in
            try await world.importMappings([("Account", Self.fields, "read_only", nil)])
            try await body(world)
        }
    }

    private func told(_ world: SyncWorld) async throws -> Date? {
        try await world.catalog.completeUntil(connection: world.connectionID.uuidString, object: "account")
    }

    /// Polls twice, minutes apart by the org's clock, which starts ahead by so many seconds: the first reads the delete log, the second the rows that may
    /// have been committed while the first was answered.
    private func pollTwice(_ world: SyncWorld, from seconds: Int) async throws {
        for offset in [seconds, seconds + 200] {
            try await world.sandbox(.post, "/sandbox/clock", "{\"offset_seconds\":\(offset)}")
            #expect(try await world.poll("Account").state == "completed")
        }
    }

    @Test(
        "nothing is told before a poll has followed the load; then a moment that each two polls move on, whatever the connection is called by"
    )
    func moves() async throws {
        try await withAccounts { world in
            #expect(try await told(world) == nil)
            try await pollTwice(world, from: 200)
            let first = try #require(try await told(world))
            try await pollTwice(world, from: 600)
            let second = try #require(try await told(world))
            #expect(second > first)
            let watermark = try #require(try await world.mapping("Account").watermark)
            #expect(second < watermark)
            let connection = try #require(try await world.catalog.connection(world.connectionID))
            for name in [connection.name, connection.resourceName, connection.id.uuidString.lowercased()] {
                #expect(try await world.catalog.completeUntil(connection: name, object: "ACCOUNT") == second)
            }
            #expect(try await world.catalog.completeUntil(connection: "another", object: "Account") == nil)
        }
    }

    @Test("a commit that comes late is never claimed before it is in the table")
    func lateCommit() async throws {
        try await withAccounts { world in
            try await pollTwice(world, from: 200)
            let id = try #require(try await world.sfids("Account").min())
            try await world.sandbox(
                .post, "/sandbox/late-commit", "{\"object\":\"Account\",\"seconds\":2,\"records\":[{\"Id\":\"\(id)\",\"Phone\":\"late\"}]}")
            for _ in 0..<6 {
                _ = try await world.poll("Account")
                let moment = try await told(world)
                let history = try await world.sandbox(.get, "/sandbox/history?object=Account&id=\(id)")
                let committed = (history["entries"] as? [[String: Any]])?.compactMap { $0["committed"] as? Int }.last
                let isThere = try await world.count("salesforce.account WHERE phone = 'late'") == 1
                if let moment, let committed, Double(committed) < moment.timeIntervalSince1970 { #expect(isThere) }
                if isThere { break }
            }
            try await eventually("the late commit is read") {
                _ = try await world.poll("Account")
                return try await world.count("salesforce.account WHERE phone = 'late'") == 1
            }
            try await pollTwice(world, from: 800)
            #expect(try await told(world) != nil)
        }
    }

    @Test("a table that somebody emptied is told of again once it was loaded and polled")
    func emptied() async throws {
        try await withAccounts { world in
            try await pollTwice(world, from: 200)
            #expect(try await told(world) != nil)
            try await world.script("TRUNCATE salesforce.account")
            _ = try await world.poll("Account")
            #expect(try await told(world) == nil)
            try await eventually("the table is loaded again") {
                guard try await world.count("sluice.jobs WHERE kind = 'load'") == 0 else { return false }
                return try await world.mapping("Account").state == .dataSynced
            }
            try await pollTwice(world, from: 800)
            #expect(try await told(world) != nil)
        }
    }
}
