import Catalog
import Foundation
import HTTPTransport
import JobQueue
import Postgres
import Testing

@Suite("A whole mapping compared with its object")
struct VerifyTests {
    private static func verify(_ world: SyncWorld, repairs: Bool) async throws -> JSONValue {
        let mapping = try await world.mapping("Account")
        let connection = try #require(try await world.catalog.connection(mapping.connectionID))
        let job = try await world.pool.transaction { session in
            try CatalogStore.beginVerification(of: mapping, connection, repairs: repairs, requestedBy: "ann", in: session)
        }
        let end = try await world.finished(job)
        #expect(end.state == "completed", "\(end.text)")
        let found = try #require(try await world.catalog.verification(of: mapping.id))
        #expect(found.finishedAt != nil)
        return found.report
    }

    @Test("what is missing, extra and different is found and counted, and mended only when that was asked for")
    func verify() async throws {
        try await SyncWorld.with(rows: ["Account": 4500]) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", "External_Id__c")])
            let clean = try await Self.verify(world, repairs: false)
            #expect(clean["compared"] == 4500)
            for key in ["missing", "extra", "different", "repaired"] { #expect(clean[key] == 0, "\(key)") }
            #expect(clean["calls"]?.integer.map { $0 <= 5 } == true)
            let gone: String = try await world.pool.query("SELECT sfid FROM salesforce.account WHERE id = 5")[0].decode("sfid")
            try await world.sandbox(.post, "/sandbox/hard-delete", "{\"ids\":[\"\(gone)\"]}")
            try await world.pool.transaction { session in
                try session.run("SET LOCAL xmlbinary TO 'hex'")
                try session.run("DELETE FROM salesforce.account WHERE id IN (10, 4400)")
                try session.run("UPDATE salesforce.account SET phone = 'mine' WHERE id BETWEEN 20 AND 24")
            }
            // What waits is no difference.
            try await world.pool.run("UPDATE salesforce.account SET website = 'https://waits.example' WHERE id = 30")
            let found = try await Self.verify(world, repairs: false)
            #expect(found["missing"] == 2)
            #expect(found["different"] == 5)
            #expect(found["extra"] == 1)
            #expect(found["unsettled"] == 1)
            #expect(found["repaired"] == 0)
            #expect(found["examples"]?.elements?.count == 8)
            let mended = try await Self.verify(world, repairs: true)
            #expect(mended["repaired"] == 8)
            let after = try await Self.verify(world, repairs: false)
            for key in ["missing", "extra", "different"] { #expect(after[key] == 0, "\(key)") }
            _ = try await world.write()
            #expect(try await world.isEqual("Account", ["Id", "Name", "Phone", "Website"]))
        }
    }
}
