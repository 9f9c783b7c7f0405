import Eventually
import Foundation
import Postgres
import TestDatabase
import Testing

@Suite("The database of a test")
struct TestDatabaseTests {
    private static let migration = PostgresMigration(number: 1, name: "things", sql: "CREATE TABLE sluice.things (id int)")

    @Test("is new, migrated and gone afterwards, also when the test throws")
    func isDroppedAfterwards() async throws {
        struct Planned: Error {}
        var names: [String] = []
        await #expect(throws: Planned.self) {
            try await TestDatabase.with(migrations: [Self.migration]) { database in
                names.append(database.name)
                #expect(try await database.pool().run("INSERT INTO sluice.things VALUES (1)") == 1)
                throw Planned()
            }
        }
        try await TestDatabase.with(migrations: [Self.migration]) { database in
            #expect(try await database.pool().query("SELECT * FROM sluice.things").isEmpty)
            let left = try await database.pool().query("SELECT 1 FROM pg_database WHERE datname = ANY(\(names)::text[])")
            #expect(left.isEmpty)
        }
        #expect(names.count == 1)
    }

    @Test("eventually waits for a condition and says which one never came")
    func eventuallyWaits() async throws {
        var looks = 0
        try await eventually {
            looks += 1
            return looks == 3
        }
        #expect(looks == 3)
        let error = await #expect(throws: EventuallyError.self) {
            try await eventually(timeout: .milliseconds(20), "rain") { false }
        }
        #expect(error?.description.contains("rain did not come true") == true)
    }
}
