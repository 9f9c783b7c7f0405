import Catalog
import Eventually
import Foundation
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import SyncWorld
import Testing

/// How a comparison reads the records.
enum VerifyRoute: String, CaseIterable, Sendable {
    case rest, bulk
}

@Suite("A whole mapping compared with its object")
struct VerifyTests {
    private static func begin(_ world: SyncWorld, repairs: Bool, _ object: String = "Account") async throws -> Int64 {
        let mapping = try await world.mapping(object)
        let connection = try #require(try await world.catalog.connection(mapping.connectionID))
        return try await world.pool.transaction { session in
            try CatalogStore.beginVerification(of: mapping, connection, repairs: repairs, requestedBy: "ann", in: session)
        }
    }

    private static func report(_ world: SyncWorld, _ job: Int64, _ object: String = "Account") async throws -> JSONValue {
        let end = try await world.finished(job)
        #expect(end.state == "completed", "\(end.text)")
        let found = try #require(try await world.catalog.verification(of: try await world.mapping(object).id))
        #expect(found.finishedAt != nil)
        return found.report
    }

    private static func verify(_ world: SyncWorld, repairs: Bool, _ object: String = "Account") async throws -> JSONValue {
        try await report(world, try await begin(world, repairs: repairs, object), object)
    }

    private static func load(_ world: SyncWorld, _ route: VerifyRoute, access: String = "read_write") async throws {
        try await world.importMappings([("Account", SyncWorld.accountFields, access, access == "read_write" ? "External_Id__c" : nil)])
        if route == .bulk { try await world.pool.run("UPDATE sluice.connections SET large_query_threshold = 1000") }
    }

    /// Changes rows as nobody but Sluice does: nothing is captured.
    private static func alter(_ world: SyncWorld, _ statements: String) async throws {
        try await world.script("BEGIN; SET LOCAL xmlbinary TO 'hex'; \(statements); COMMIT")
    }

    @Test(
        "what is missing, extra and different is found and counted, and mended only when that was asked for",
        arguments: VerifyRoute.allCases)
    func verify(_ route: VerifyRoute) async throws {
        try await SyncWorld.with(rows: ["Account": 4500], bulkPageRows: 2000) { world in
            try await Self.load(world, route)
            let clean = try await Self.verify(world, repairs: false)
            #expect(clean["compared"] == 4500)
            for key in ["missing", "extra", "different", "repaired"] { #expect(clean[key] == 0, "\(key)") }
            #expect(clean["calls"]?.integer.map { $0 <= 20 } == true)
            let gone: String = try await world.pool.query("SELECT sfid FROM salesforce.account WHERE id = 5")[0].decode("sfid")
            try await world.sandbox(.post, "/sandbox/hard-delete", "{\"ids\":[\"\(gone)\"]}")
            try await Self.alter(
                world,
                """
                DELETE FROM salesforce.account WHERE id IN (10, 4400);
                UPDATE salesforce.account SET phone = 'mine' WHERE id BETWEEN 20 AND 24
                """)
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
            #expect(try await world.count("sluice.events WHERE message LIKE '%8 repaired%' AND message LIKE '%\(gone)%'") == 1)
            let after = try await Self.verify(world, repairs: false)
            for key in ["missing", "extra", "different"] { #expect(after[key] == 0, "\(key)") }
            _ = try await world.write()
            #expect(try await world.isEqual("Account", ["Id", "Name", "Phone", "Website"]))
        }
    }

    @Test("more differences than can be read one by one are mended as well, and nothing that was deleted meanwhile comes back")
    func masses() async throws {
        try await SyncWorld.with(rows: ["Account": 6000], bulkPageRows: 2000) { world in
            try await Self.load(world, .bulk)
            let gone: String = try await world.pool.query("SELECT sfid FROM salesforce.account WHERE id = 5")[0].decode("sfid")
            try await Self.alter(
                world,
                "UPDATE salesforce.account SET phone = 'mine' WHERE id <= 3000; DELETE FROM salesforce.account WHERE id > 4000 OR id = 5")
            try await world.sandbox(.post, "/sandbox/faults", #"{"bulk_delay_ms":1500}"#)
            let job = try await Self.begin(world, repairs: true)
            try await eventually { try await world.count("sluice.jobs WHERE kind = 'verify' AND progress->>'phase' = 'wait'") == 1 }
            try await world.sandbox(.post, "/sandbox/hard-delete", "{\"ids\":[\"\(gone)\"]}")
            let found = try await Self.report(world, job)
            #expect(found["different"] == 2999)
            #expect(found["missing"]?.integer.map { $0 == 2000 || $0 == 2001 } == true, "\(found.text)")
            #expect(found["repaired"]?.integer.map { $0 >= 4999 } == true, "\(found.text)")
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
            let mapping = try await world.mapping("Account")
            #expect(mapping.dbCount == 5999)
        }
    }

    @Test("both sides change while they are compared, and no difference is told that is none", arguments: VerifyRoute.allCases)
    func meanwhile(_ route: VerifyRoute) async throws {
        try await SyncWorld.with(rows: ["Account": 3000], bulkPageRows: 1000, workers: 2) { world in
            try await Self.load(world, route)
            try await world.sandbox(.post, "/sandbox/faults", #"{"bulk_delay_ms":2000}"#)
            let job = try await Self.begin(world, repairs: true)
            var rounds = 0
            while try await world.count("sluice.finished_jobs WHERE id = \(job)") == 0 || rounds < 2 {
                rounds += 1
                // What is deleted before the records were read, and not polled, has no record: a row too many.
                let deletion = route == .bulk && rounds > 1 ? #","delete":{"count":3}"# : ""
                try await world.sandbox(
                    .post, "/sandbox/mutate",
                    "{\"object\":\"Account\",\"update\":{\"count\":20,\"field\":\"Phone\",\"value\":\"round \(rounds)\"},\"insert\":{\"count\":3,\"fields\":{\"Name\":\"new\"}}\(deletion)}"
                )
                try await world.script("UPDATE salesforce.account SET website = 'https://\(rounds).example' WHERE id % 500 = \(rounds)")
                #expect(try await world.poll("Account").state == "completed")
                #expect(try await world.write().state == "completed")
            }
            let found = try await Self.report(world, job)
            for key in ["missing", "extra", "different", "repaired"] { #expect(found[key] == 0, "\(key): \(found.text)") }
            try await world.sandbox(.post, "/sandbox/faults", #"{"bulk_delay_ms":0}"#)
            #expect(try await world.poll("Account").state == "completed")
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test("a reload that somebody asks for does not wait for a comparison, whose stage no other reading takes away")
    func reloaded() async throws {
        try await SyncWorld.with(rows: ["Account": 3000], bulkPageRows: 1000, workers: 2) { world in
            try await Self.load(world, .bulk, access: "read_only")
            try await world.sandbox(.post, "/sandbox/faults", #"{"bulk_delay_ms":3000}"#)
            let job = try await Self.begin(world, repairs: false)
            try await eventually { try await world.count("sluice.jobs WHERE kind = 'verify' AND progress->>'phase' = 'wait'") == 1 }
            try await world.sandbox(.post, "/sandbox/faults", #"{"bulk_delay_ms":0}"#)
            #expect(try await world.run(try .load(try await world.mapping("Account"), reason: .reload)).state == "completed")
            let found = try await Self.report(world, job)
            #expect(found["compared"] == 3000)
            for key in ["missing", "extra", "different"] { #expect(found[key] == 0, "\(key)") }
        }
    }

    @Test("a mapping that has other fields meanwhile is compared anew")
    func edited() async throws {
        try await SyncWorld.with(rows: ["Account": 3000], bulkPageRows: 1000, workers: 2) { world in
            try await Self.load(world, .bulk, access: "read_only")
            try await world.sandbox(.post, "/sandbox/faults", #"{"bulk_delay_ms":2000}"#)
            let job = try await Self.begin(world, repairs: false)
            try await eventually { try await world.count("sluice.jobs WHERE kind = 'verify' AND progress->>'phase' = 'wait'") == 1 }
            let shape: String = try await world.pool.query("SELECT table_schema FROM sluice.mappings")[0].decode("table_schema")
            let fewer = try JSONValue(parsing: shape)
            let columns = (fewer["columns"]?.elements ?? []).filter { $0["name"] != "website" }
            let other = JSONValue.object((fewer.members ?? []).map { $0.key == "columns" ? .init("columns", .array(columns)) : $0 })
            try await world.pool.run("UPDATE sluice.mappings SET table_schema = \(other.text)")
            let found = try await Self.report(world, job)
            #expect(found["compared"] == 3000)
            for key in ["missing", "extra", "different"] { #expect(found[key] == 0, "\(key)") }
        }
    }

    @Test(
        "a row filter keeps records out of the comparison, and a row whose record it keeps out is one too many",
        arguments: VerifyRoute.allCases)
    func filtered(_ route: VerifyRoute) async throws {
        try await SyncWorld.with(rows: ["Account": 2500]) { world in
            _ = try await world.catalog.startImport(
                world.connectionID,
                export:
                    #"{"version":1,"mappings":[{"object_name":"Account","config":{"fields":{"Id":{},"Name":{},"Type":{},"SystemModstamp":{},"IsDeleted":{}},"row_filter":"Type = 'Customer'"}}]}"#,
                requestedBy: "test")
            try await eventually {
                try await world.catalog.mapping(world.connectionID, object: "Account")?.state == .dataSynced
            }
            if route == .bulk { try await world.pool.run("UPDATE sluice.connections SET large_query_threshold = 1") }
            let rows = try await world.count("salesforce.account")
            let clean = try await Self.verify(world, repairs: false)
            #expect(clean["compared"] == .integer(rows))
            for key in ["missing", "extra", "different"] { #expect(clean[key] == 0, "\(key)") }
        }
    }

    @Test("files are left out of the comparison, and a row that is mended has its file")
    func files() async throws {
        try await SyncWorld.with(rows: ["Account": 2, "Attachment": 30]) { world in
            try await world.importMappings([("Attachment", ["Id", "Name", "Body", "SystemModstamp", "IsDeleted"], "read_only", nil)])
            #expect(try await Self.verify(world, repairs: true, "Attachment")["different"] == 0)
            let sums: PostgresQuery =
                "SELECT string_agg(sfid || md5(coalesce(body, '')), ',' ORDER BY sfid) AS sum FROM salesforce.attachment"
            let before: String = try await world.target.query(sums)[0].decode("sum")
            try await Self.alter(world, "DELETE FROM salesforce.attachment WHERE id IN (3, 4)")
            #expect(try await Self.verify(world, repairs: true, "Attachment")["repaired"] == 2)
            #expect(try await world.target.query(sums)[0].decode("sum", as: String.self) == before)
        }
    }

    @Test("the schedule asks for it when its time has come, mends, and leaves out who wants none")
    func schedule() async throws {
        try await SyncWorld.with(rows: ["Account": 50, "Contact": 5]) { world in
            _ = try await world.catalog.startImport(
                world.connectionID,
                export:
                    #"{"version":1,"mappings":[{"object_name":"Account","config":{"verify_hours":24,"fields":{"Id":{},"Name":{},"SystemModstamp":{}}}},{"object_name":"Contact","config":{"verify_hours":0,"fields":{"Id":{},"LastName":{},"SystemModstamp":{}}}}]}"#,
                requestedBy: "test")
            try await eventually {
                try await world.catalog.mappings(world.connectionID).count { $0.state == .dataSynced } == 2
            }
            #expect(try await world.pool.withSession { try CatalogStore.enqueueDueVerifications(in: $0) } == 0)
            try await world.pool.run("UPDATE sluice.mappings SET verified_at = verified_at - interval '25 hours'")
            try await Self.alter(world, "DELETE FROM salesforce.account WHERE id = 7")
            #expect(try await world.pool.withSession { try CatalogStore.enqueueDueVerifications(in: $0) } == 1)
            #expect(try await world.pool.withSession { try CatalogStore.enqueueDueVerifications(in: $0) } == 0)
            let job: Int64 = try await world.pool.query("SELECT job_id FROM sluice.verifications WHERE requested_by = 'schedule'")[0]
                .decode("job_id")
            #expect(try await Self.report(world, job)["repaired"] == 1)
            #expect(try await world.count("salesforce.account") == 50)
            let activity = try await world.pool.query("SELECT coalesce(sum(rows), 0)::bigint AS n FROM sluice.activity")[0]
            #expect(try activity.decode("n", as: Int.self) >= 51)
        }
    }
}
