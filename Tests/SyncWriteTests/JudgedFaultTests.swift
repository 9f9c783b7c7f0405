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

/// What the judge found besides, by its rounds on this code. Whoever mends one takes its mark away.
@Suite("Faults that the judge found")
struct JudgedFaultTests {
    private func withAccounts(_ body: @Sendable (SyncWorld) async throws -> Void) async throws {
        try await SyncWorld.with(rows: ["Account": 5]) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", "External_Id__c")])
            try await body(world)
        }
    }

    @Test("a row that was deleted before its insert went out leaves no record")
    func deletedBeforeInsert() async throws {
        try await withAccounts { world in
            try await world.target.run("INSERT INTO salesforce.account (name, external_id__c) VALUES ('short-lived', 'S-1')")
            try await world.target.run("DELETE FROM salesforce.account WHERE external_id__c = 'S-1'")
            _ = try await world.write()
            _ = try await world.poll("Account")
            let rows = try await world.count("salesforce.account WHERE external_id__c = 'S-1'")
            #expect(rows == 0)
        }
    }

    @Test("a change that is committed while a merge waits for its row is not overwritten by what was read")
    func committedMeanwhile() async throws {
        try await withAccounts { world in
            try await world.sandbox(
                .post, "/sandbox/mutate", #"{"object":"Account","update":{"count":5,"field":"Phone","value":"theirs %d"}}"#)
            let change = Task {
                try await world.target.transaction { session in
                    try session.run("UPDATE salesforce.account SET phone = 'ours' WHERE id = 1")
                    // Commits when somebody waits for it.
                    try session.script(
                        """
                        SELECT pg_advisory_xact_lock(4711);
                        DO $$
                        BEGIN
                            FOR i IN 1..600 LOOP
                                IF EXISTS (SELECT FROM pg_locks w WHERE NOT w.granted AND pg_backend_pid() = ANY (pg_blocking_pids(w.pid))) THEN
                                    RETURN;
                                END IF;
                                PERFORM pg_sleep(0.05);
                            END LOOP;
                            RAISE 'nobody waited for the row';
                        END $$
                        """)
                }
            }
            try await eventually("the row is locked") {
                try await world.count(
                    """
                    pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND granted
                    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                    """) == 1
            }
            #expect(try await world.poll("Account").state == "completed")
            try await change.value
            let kept = try await world.count("salesforce.account WHERE id = 1 AND phone = 'ours'")
            #expect(kept == 1)
        }
    }

    @Test("a row whose update was given up while its insert waited learns its record all the same")
    func givenUpMeanwhile() async throws {
        try await withAccounts { world in
            try await world.target.run("INSERT INTO salesforce.account (name) VALUES ('first')")
            try await world.target.run("UPDATE salesforce.account SET name = 'second' WHERE name = 'first'")
            try await world.target.run("UPDATE salesforce._trigger_log SET state = 'IGNORED' WHERE action = 'UPDATE'")
            _ = try await world.write()
            let rows = try await world.count("salesforce.account WHERE name = 'second' AND sfid IS NOT NULL")
            #expect(rows == 1)
        }
    }

    @Test("a value whose holder is gone from the org can be taken, although the change that was to give it up failed")
    func holderGone() async throws {
        try await withAccounts { world in
            try await world.target.run("UPDATE salesforce.account SET external_id__c = 'OLD-' || id")
            _ = try await world.write()
            try await world.target.run("UPDATE salesforce.account SET external_id__c = 'NEW-1', name = 'INVALID name' WHERE id = 1")
            #expect(try await world.write().text.hasPrefix("0 written, 1 failed"))
            let holder = try await world.sfids("Account", where: "id = 1").first!
            try await world.sandbox(.post, "/sandbox/hard-delete", "{\"ids\":[\"\(holder)\"]}")
            try await world.target.run("INSERT INTO salesforce.account (name, external_id__c) VALUES ('taker', 'OLD-1')")
            let written = try await world.write()
            #expect(written.text.hasPrefix("1 written, 0 failed"), "\(written.text)")
        }
    }

    @Test("a reload that began before a restored row was written leaves the row alone")
    func restoredDuringReload() async throws {
        try await withAccounts { world in
            try await world.target.run("UPDATE salesforce.account SET parentid = NULL")
            _ = try await world.write()
            _ = try await world.poll("Account")
            try await world.target.run("CREATE TABLE public.backup AS SELECT * FROM salesforce.account WHERE id = 1")
            try await world.target.run("DELETE FROM salesforce.account WHERE id = 1")
            _ = try await world.write()
            try await world.sandbox(
                .post, "/sandbox/trouble", #"{"kind":"drip","count":1,"ms":300,"bytes":16,"path_prefix":"…/results"}"#)
            let load = try await world.queue.enqueue([try .load(try await world.mapping("Account"), reason: .reload)])[0]!
            try await eventually("the page is on its way") {
                try await world.sandbox(.get, "/sandbox/stats")["troubles_met"] as? Int == 1
            }
            try await world.target.run("INSERT INTO salesforce.account SELECT * FROM public.backup")
            let written = try await world.write()
            #expect(written.text.hasPrefix("1 written, 0 failed"), "\(written.text)")
            try #require(try await world.count("sluice.jobs WHERE id = \(load)") == 1, "the load ended before the row was written")
            #expect(try await world.finished(load).state == "completed")
            let rows = try await world.count("salesforce.account WHERE id = 1")
            #expect(rows == 1)
        }
    }

    @Test("rows whose changes failed keep no poll from ending, although one of them has a value that the org has elsewhere")
    func failedTaker() async throws {
        try await withAccounts { world in
            try await world.target.run("UPDATE salesforce.account SET external_id__c = 'OLD-' || id")
            _ = try await world.write()
            _ = try await world.poll("Account")
            try await world.target.run("UPDATE salesforce.account SET external_id__c = 'NEW-1', name = 'INVALID name' WHERE id = 1")
            try await world.target.run("INSERT INTO salesforce.account (name, external_id__c) VALUES ('taker', 'OLD-1')")
            #expect(try await world.write().text.hasPrefix("0 written, 2 failed"))
            let poll = try await world.queue.enqueue([try .poll(try await world.mapping("Account"))])[0]!
            try await eventually("the poll ends, or says why not") {
                if try await world.mapping("Account").state.isError { return true }
                return try await world.count("sluice.finished_jobs WHERE id = \(poll)") == 1
            }
            let mapping = try await world.mapping("Account")
            #expect(mapping.state == .dataSynced, "\(mapping.stateDescription ?? "")")
        }
    }

    @Test("a number goes over with all its digits, however many the session shows")
    func digits() async throws {
        try await withAccounts { world in
            try await world.target.transaction { session in
                try session.run("SET LOCAL extra_float_digits = 0")
                try session.run("UPDATE salesforce.account SET annualrevenue = 1234567890.654321 WHERE id = 1")
            }
            let captured = try await world.count("salesforce._trigger_log WHERE \"values\" LIKE '%\"1234567890.654321\"%'")
            #expect(captured == 1)
        }
    }

    @Test("an object with too many records to be counted is read all the same")
    func uncountable() async throws {
        try await withAccounts { world in
            try await world.sandbox(.post, "/sandbox/faults", #"{"uncountable":["Account"]}"#)
            try await world.pool.run("UPDATE sluice.mappings SET sf_count_at = NULL")
            try await world.sandbox(
                .post, "/sandbox/mutate", #"{"object":"Account","update":{"count":5,"field":"Phone","value":"theirs %d"}}"#)
            let poll = try await world.queue.enqueue([try .poll(try await world.mapping("Account"))])[0]!
            try await eventually("the poll ends, or is to be tried again") {
                try await world.count("sluice.all_jobs WHERE id = \(poll) AND (state = 'completed' OR last_error IS NOT NULL)") == 1
            }
            let arrived = try await world.count("salesforce.account WHERE phone LIKE 'theirs%'")
            let ended = try await world.count("sluice.finished_jobs WHERE id = \(poll) AND state = 'completed'")
            #expect(arrived == 5 && ended == 1)
        }
    }

    @Test("a record that the org has purged is deleted all the same, and its value can be taken")
    func purged() async throws {
        try await withAccounts { world in
            try await world.target.run("UPDATE salesforce.account SET external_id__c = 'OLD-' || id")
            _ = try await world.write()
            let holder = try await world.sfids("Account", where: "id = 1").first!
            try await world.sandbox(.post, "/sandbox/hard-delete", "{\"ids\":[\"\(holder)\"]}")
            try await world.target.transaction { session in
                try session.run("DELETE FROM salesforce.account WHERE id = 1")
                try session.run("INSERT INTO salesforce.account (name, external_id__c) VALUES ('taker', 'OLD-1')")
            }
            let written = try await world.write()
            #expect(written.text.hasPrefix("2 written, 0 failed"), "\(written.text)")
        }
    }

    @Test("a row that is deleted and restored with its id in one transaction is made anew, and has the new record's id")
    func restoredAtOnce() async throws {
        try await withAccounts { world in
            try await world.target.run("UPDATE salesforce.account SET parentid = NULL")
            _ = try await world.write()
            _ = try await world.poll("Account")
            let before = try await world.sfids("Account", where: "id = 1")
            try await world.target.run("CREATE TABLE public.backup AS SELECT * FROM salesforce.account WHERE id = 1")
            try await world.target.transaction { session in
                try session.run("DELETE FROM salesforce.account WHERE id = 1")
                try session.run("INSERT INTO salesforce.account SELECT * FROM public.backup")
            }
            let written = try await world.write()
            #expect(written.text.hasPrefix("2 written, 0 failed"), "\(written.text)")
            let after = try await world.sfids("Account", where: "id = 1")
            #expect(after.count == 1 && after.isDisjoint(with: before))
            _ = try await world.poll("Account")
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test("a row that is inserted, deleted and inserted again before anything is written is one record")
    func insertedTwice() async throws {
        try await withAccounts { world in
            for statement in [
                "INSERT INTO salesforce.account (id, name) VALUES (900, 'first')", "DELETE FROM salesforce.account WHERE id = 900",
                "INSERT INTO salesforce.account (id, name) VALUES (900, 'second')",
            ] { try await world.target.run(PostgresQuery(sql: statement)) }
            _ = try await world.write()
            _ = try await world.write()
            _ = try await world.poll("Account")
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
            #expect(try await world.count("salesforce.account WHERE name IN ('first', 'second')") == 1)
        }
    }

    @Test(
        "lines of the log for tables that are not mapped come to an end: given up where there is such a table, malformed where there is none"
    )
    func unmapped() async throws {
        try await withAccounts { world in
            try await world.script(
                """
                CREATE TABLE salesforce.other (id int);
                INSERT INTO salesforce._trigger_log (txid, state, action, table_name, record_id, "values")
                VALUES (1, 'NEW', 'INSERT', 'other', 1, '"a"=>"1"'), (1, 'NEW', 'INSERT', 'no_such_table', 1, ''), (1, 'NEW', 'UPDATE', NULL, 1, '');
                """)
            _ = try await world.write()
            let ends = try await world.target.query("SELECT state || ' ' || sf_message AS line FROM salesforce._trigger_log ORDER BY id")
                .map {
                    try $0.decode("line", as: String.self)
                }
            #expect(
                ends == [
                    "IGNORED no mapping writes the table other any more",
                    "FAILED MALFORMED_LOG_ROW: table_name: expected a table that is mapped, found \"no_such_table\"",
                    "FAILED MALFORMED_LOG_ROW: table_name: expected a table that is mapped, found NULL",
                ])
        }
    }
}
