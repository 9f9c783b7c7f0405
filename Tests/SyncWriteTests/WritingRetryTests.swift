import Catalog
import Eventually
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import SyncWorld
import TestDatabase
import Testing

@Suite("Writes that are retried")
struct WritingRetryTests {
    @Test("the connection says why, which attempt and when the next one is, goes on reading, and is quiet when it works again")
    func retried() async throws {
        try await SyncWorld.with(rows: ["Account": 10]) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", "External_Id__c")])
            try await world.pool.run("UPDATE salesforce.account SET name = 'mine'")
            try await world.sandbox(.post, "/sandbox/trouble", #"{"kind":"status","status":503,"count":-1,"path_prefix":"…/composite"}"#)
            let id = try await world.queue.enqueue([try .write(world.connectionID)])[0]!
            func description() async throws -> String { try await world.catalog.connection(world.connectionID)?.stateDescription ?? "" }
            for attempt in 1...3 {
                try await eventually { try await description().contains("(attempt \(attempt) of 10 failed, next try at 20") }
                func told() async throws -> Int { try await world.count("sluice.notifications WHERE event_type = 'connection-error'") }
                if attempt < 3 {
                    // On a slow machine the next attempt may have come by itself meanwhile.
                    let told = try await told()
                    let isLast = try await description().contains("(attempt \(attempt) of")
                    #expect(told == 0 || !isLast)
                } else {
                    try await eventually { try await told() == 1 }
                }
                if attempt < 3 { try await world.queue.wake(id) }
            }
            #expect(try await description().hasPrefix("writes fail: "))
            #expect(try await world.catalog.connection(world.connectionID)?.state.allowsSync == true)
            #expect(try await world.poll("Account").state == "completed")
            try await world.sandbox(.delete, "/sandbox/trouble")
            try await world.queue.wake(id)
            #expect(try await world.finished(id).state == "completed")
            #expect(try await description() == "")
            #expect(try await world.count("salesforce.account WHERE _hc_lastop NOT IN ('SYNCED', 'UPDATED')") == 0)
        }
    }
}
