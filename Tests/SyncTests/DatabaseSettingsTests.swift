import Catalog
import Foundation
import Postgres
import SyncWorld
import TestDatabase
import Testing

@Suite("Settings of a database or a role that would break a session")
struct DatabaseSettingsTests {
    @Test("loads, polls and writes go on under limits, read-only transactions, and other forms of dates, numbers and bytes")
    func settings() async throws {
        let settings = [
            "statement_timeout": "20", "lock_timeout": "20", "idle_in_transaction_session_timeout": "100",
            "DateStyle": "SQL, DMY", "IntervalStyle": "sql_standard", "TimeZone": "Asia/Kolkata",
            "extra_float_digits": "-10", "bytea_output": "escape", "xmlbinary": "hex", "search_path": "nowhere",
            "default_transaction_isolation": "repeatable read", "array_nulls": "off",
        ]
        let fields = SyncWorld.accountFields
        try await SyncWorld.with(rows: ["Account": 2000], bulkPageRows: 500, settings: settings) { world in
            try await world.importMappings([("Account", fields, "read_write", "External_Id__c")])
            #expect(try await world.mapping("Account").state == .dataSynced)
            #expect(try await world.isEqual("Account", fields))
            try await world.pool.run("UPDATE salesforce.account SET annualrevenue = 0.1 + id WHERE id % 500 = 0")
            #expect(try await world.write().state == "completed")
            #expect(try await world.count("salesforce._trigger_log WHERE state = 'SUCCESS'") == 4)
            #expect(try await world.poll("Account").state == "completed")
            #expect(try await world.isEqual("Account", fields))
        }
    }
}
