import Catalog
import Eventually
import JobQueue
import Postgres
import SyncWorld
import TestDatabase
import Testing

@Suite("Capturing what applications change")
struct CaptureTests {
    private func withAccounts(_ body: @Sendable (SyncWorld) async throws -> Void) async throws {
        try await SyncWorld.with(rows: ["Account": 5]) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", "External_Id__c")])
            try await body(world)
        }
    }

    @Test("what a session is set to changes nothing of what is captured, and the capture changes nothing of the session")
    func session() async throws {
        try await withAccounts { world in
            let left = try await world.pool.transaction { session in
                for setting in [
                    "DateStyle TO 'SQL, DMY'", "IntervalStyle TO 'iso_8601'", "extra_float_digits TO -10", "search_path TO pg_temp",
                ] {
                    try session.run(PostgresQuery(sql: "SET LOCAL \(setting)"))
                }
                try session.run(
                    """
                    UPDATE salesforce.account
                    SET customer_since__c = date '2026-02-01', last_visit__c = timestamp '2026-03-04 05:06:07', annualrevenue = 0.1::float8 + 0.2::float8
                    WHERE id = 1
                    """)
                return try session.query(
                    "SELECT current_setting('DateStyle') || ' ' || current_setting('IntervalStyle') || ' ' || current_setting('extra_float_digits') AS styles"
                )[0].decode("styles", as: String.self)
            }
            #expect(left == "SQL, DMY iso_8601 -10")
            let values: String = try await world.pool.query(#"SELECT "values" FROM salesforce._trigger_log"#)[0].decode("values")
            for part in ["2026-02-01", "2026-03-04 05:06:07", "0.30000000000000004"] {
                #expect(values.contains("\"\(part)\""), "\(values)")
            }
            #expect(try await world.write().text.hasPrefix("1 written, 0 failed"))
        }
    }

    @Test("an update that changes nothing leaves the row as it was, and the log says IGNORE")
    func noChange() async throws {
        try await withAccounts { world in
            try await world.pool.run("UPDATE salesforce.account SET phone = phone, _hc_lastop = 'mine' WHERE id = 1")
            #expect(try await world.count("salesforce.account WHERE _hc_lastop = 'SYNCED'") == 5)
            #expect(try await world.count("salesforce._trigger_log WHERE state = 'IGNORE'") == 1)
        }
    }

    @Test("a role that may change the table needs no rights on the log")
    func otherRole() async throws {
        try await withAccounts { world in
            let role = world.database.name + "_app"
            try await world.pool.run("CREATE ROLE \(identifier: role)")
            do {
                try await world.pool.run("GRANT USAGE ON SCHEMA salesforce TO \(identifier: role)")
                try await world.pool.run("GRANT SELECT, UPDATE ON salesforce.account TO \(identifier: role)")
                _ = try await world.pool.transaction { session in
                    try session.run("SET LOCAL ROLE \(identifier: role)")
                    try session.run("UPDATE salesforce.account SET phone = 'theirs' WHERE id = 1")
                }
                #expect(try await world.count("salesforce._trigger_log WHERE state = 'NEW'") == 1)
            } catch {
                try await world.pool.run("DROP OWNED BY \(identifier: role)")
                try await world.pool.run("DROP ROLE \(identifier: role)")
                throw error
            }
            try await world.pool.run("DROP OWNED BY \(identifier: role)")
            try await world.pool.run("DROP ROLE \(identifier: role)")
        }
    }

    @Test("what is set to be tried again, in the log or in its archive, is announced at once and written", arguments: ["NEW", "REQUEUE"])
    func retried(state: String) async throws {
        try await withAccounts { world in
            try await world.pool.run("UPDATE salesforce.account SET phone = 'a' WHERE id IN (1, 2)")
            try await world.pool.run("UPDATE salesforce._trigger_log SET state = 'FAILED'")
            _ = try await world.pool.transaction { session in
                try session.run(
                    "WITH moved AS (DELETE FROM salesforce._trigger_log WHERE record_id = 2 RETURNING *) INSERT INTO salesforce._trigger_log_archive SELECT * FROM moved"
                )
            }
            let listener = try PostgresListener(
                configuration: try PostgresConfiguration(url: world.database.url), channels: ["salesforce.hc_trigger_log"],
                logger: TestDatabase.quietLogger)
            var events = listener.events.makeAsyncIterator()
            while let event = await events.next() { if case .listening = event { break } }
            try await world.pool.run("UPDATE salesforce._trigger_log SET state = \(state) WHERE state = 'FAILED'")
            try await world.pool.run("UPDATE salesforce._trigger_log_archive SET state = \(state)")
            var announced = 0
            while announced < 2, let event = await events.next() { if case .notification = event { announced += 1 } }
            listener.stop()
            #expect(try await world.count("salesforce._trigger_log_archive WHERE state = 'REQUEUED'") == 1)
            #expect(try await world.write().text.hasPrefix("2 written, 0 failed"))
        }
    }

    @Test("sluice.await_write waits for the verdict on each change of a transaction, and no longer than asked")
    func awaitWrite() async throws {
        try await withAccounts { world in
            let txid = try await world.pool.transaction { session in
                try session.run("UPDATE salesforce.account SET name = CASE id WHEN 1 THEN 'INVALID name' ELSE 'good' END WHERE id <= 2")
                return try session.query("SELECT txid_current() AS id")[0].decode("id", as: Int64.self)
            }
            let early = try await world.pool.query("SELECT state FROM sluice.await_write(\(txid), '20 milliseconds')")
            #expect(try early.map { try $0.decode("state", as: String.self) } == ["NEW", "NEW"])
            async let verdict = world.pool.query(
                "SELECT record_id, state, sfid, message FROM sluice.await_write(\(txid), '50 seconds')", timeout: .seconds(60))
            _ = try await world.write()
            let rows = try await verdict
            #expect(try rows.map { try $0.decode("state", as: String.self) } == ["FAILED", "SUCCESS"])
            #expect(try rows[0].decode("message", as: String.self).contains("FIELD_CUSTOM_VALIDATION_EXCEPTION"))
            #expect(try rows[1].decodeIfPresent("sfid", as: String.self) != nil)
            let own = await #expect(throws: PostgresError.self) {
                _ = try await world.pool.transaction { session in
                    try session.run("UPDATE salesforce.account SET phone = '1' WHERE id = 1")
                    try session.run("SELECT sluice.await_write(txid_current())")
                }
            }
            #expect(own?.message.contains("commit it first") == true)
            let snapshot = await #expect(throws: PostgresError.self) {
                _ = try await world.pool.transaction { session in
                    try session.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                    try session.run("SELECT sluice.await_write(\(txid))")
                }
            }
            #expect(snapshot?.message.contains("READ COMMITTED") == true)
        }
    }

    @Test("ids of the log beyond 2^31 are survived: by the capture, the functions of applications, the writing and the archive")
    func manyIDs() async throws {
        try await withAccounts { world in
            try await world.pool.run("SELECT setval('salesforce._trigger_log_id_seq', 2147483640)")
            try await world.pool.run("UPDATE salesforce.account SET phone = 'a' WHERE id = 1")
            #expect(try await world.write().text.hasPrefix("1 written, 0 failed"))
            for phone in ["b", "c"] { try await world.pool.run("UPDATE salesforce.account SET phone = \(phone)") }
            try await world.pool.run(
                "SELECT salesforce.hc_capture_update_from_row(public.hstore(a), 'account', ARRAY['phone']) FROM salesforce.account a")
            #expect(try await world.write().text.hasPrefix("15 written, 0 failed"))
            #expect(try await world.count("salesforce._trigger_log WHERE id > 2147483647 AND state = 'SUCCESS'") > 5)
            try await world.pool.run("UPDATE salesforce._trigger_log SET created_at = now() - interval '2 days'")
            #expect(
                try await world.run(NewJob(kind: JobKind.archive.rawValue, connectionID: world.connectionID, args: [String: String]()))
                    .state == "completed")
            #expect(try await world.count("salesforce._trigger_log_archive WHERE id > 2147483647") > 5)
        }
    }

    @Test("a status function that users patched stays as it is")
    func patchedStatus() async throws {
        try await withAccounts { world in
            try await world.script(
                """
                CREATE OR REPLACE FUNCTION salesforce.hc_account_status() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END; $$
                """)
            #expect(try await world.run(try .load(try await world.mapping("Account"), reason: .reload)).state == "completed")
            try await eventually { try await world.mapping("Account").state == .dataSynced }
            #expect(
                try await world.count("pg_proc WHERE proname = 'hc_account_status' AND prosrc LIKE '% BEGIN RETURN NEW; END; %'") == 1)
        }
    }
}
