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

@Suite("Polling Salesforce")
struct PollTests {
    @Test("changes, new records and deletions arrive with one poll, and a second poll touches nothing", arguments: TargetHome.allCases)
    func changes(home: TargetHome) async throws {
        try await SyncWorld.with(rows: ["Account": 1000], home: home) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", "External_Id__c")])
            try await world.sandbox(
                .post, "/sandbox/mutate",
                #"{"object":"Account","update":{"count":100,"field":"Phone","value":"+1 555 %d"},"insert":{"count":20,"fields":{"Name":"New, \"quoted\"\n%d"}},"delete":{"count":10},"seed":3}"#
            )
            let first = try await world.poll("Account")
            #expect(first.state == "completed", "\(first.text)")
            #expect(first.text.contains("20 inserted, 100 updated, 10 deleted"), "\(first.text)")
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
            #expect(try await world.count("salesforce._trigger_log") == 0)
            let second = try await world.poll("Account")
            #expect(second.text.contains("0 inserted, 0 updated, 0 deleted"), "\(second.text)")
        }
    }

    @Test("only columns that changed are written: an application's triggers on columns fire for no other", arguments: [true, false])
    func changedColumns(hasWaitingChange: Bool) async throws {
        try await SyncWorld.with(rows: ["Account": 50]) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", nil)])
            if hasWaitingChange {
                try await world.catalog.setWriteSwitches(world.connectionID, mode: .paused, deletesPerHour: nil, requestedBy: "test")
                try await world.script("UPDATE salesforce.account SET industry = 'Energy'")
            }
            try await world.script(
                """
                CREATE TABLE public.fired (name text, row_id int);
                CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS
                    'BEGIN INSERT INTO public.fired VALUES (TG_NAME, NEW.id); RETURN NULL; END';
                CREATE TRIGGER of_phone AFTER UPDATE OF phone ON salesforce.account FOR EACH ROW EXECUTE FUNCTION public.note();
                CREATE TRIGGER of_website AFTER UPDATE OF website ON salesforce.account FOR EACH ROW EXECUTE FUNCTION public.note();
                CREATE TRIGGER of_industry AFTER UPDATE OF industry ON salesforce.account FOR EACH ROW EXECUTE FUNCTION public.note();
                CREATE TRIGGER of_name AFTER UPDATE OF name ON salesforce.account FOR EACH ROW EXECUTE FUNCTION public.note()
                """)
            for (field, count) in [("Phone", 3), ("Website", 4)] {
                try await world.sandbox(
                    .post, "/sandbox/mutate",
                    "{\"object\":\"Account\",\"update\":{\"count\":\(count),\"field\":\"\(field)\",\"value\":\"w%d\"},\"seed\":\(count)}")
            }
            #expect(try await world.poll("Account").state == "completed")
            #expect(try await world.count("public.fired WHERE name = 'of_phone'") == 3)
            #expect(try await world.count("public.fired WHERE name = 'of_website'") == 4)
            #expect(try await world.count("public.fired") == 7)
            #expect(try await world.count("salesforce.account WHERE phone LIKE 'w%'") == 3)
            #expect(try await world.count("salesforce.account WHERE website LIKE 'w%'") == 4)
            if hasWaitingChange {
                #expect(try await world.count("salesforce.account WHERE industry = 'Energy'") == 50)
            }
        }
    }

    @Test("records deleted for good, which no query shows, go by the org's delete log", arguments: TargetHome.allCases)
    func hardDeletes(home: TargetHome) async throws {
        try await SyncWorld.with(rows: ["Account": 100], home: home) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_only", nil)])
            let ids = try await world.target.query("SELECT sfid FROM salesforce.account ORDER BY sfid LIMIT 3").map {
                try $0.decode("sfid", as: String.self)
            }
            let list = ids.map { "\"\($0)\"" }.joined(separator: ",")
            try await world.sandbox(.post, "/sandbox/hard-delete", "{\"ids\":[\(list)]}")
            // The log takes whole minutes: deletions two minutes old are in it.
            try await world.sandbox(.post, "/sandbox/clock", #"{"offset_seconds":120}"#)
            let result = try await world.poll("Account")
            #expect(result.text == "0 records in the window: 0 inserted, 0 updated, 3 deleted", "\(result.text)")
            #expect(try await world.count("salesforce.account") == 97)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test("when the delete log no longer reaches back, all ids are compared, and nothing else is read", arguments: TargetHome.allCases)
    func purgedDeleteLog(home: TargetHome) async throws {
        try await SyncWorld.with(rows: ["Account": 100], home: home) { world in
            try await world.sandbox(.post, "/sandbox/clock", #"{"offset_seconds":-120}"#)
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_only", nil)])
            let id = try await world.target.query("SELECT sfid FROM salesforce.account LIMIT 1")[0].decode("sfid", as: String.self)
            try await world.sandbox(.post, "/sandbox/hard-delete", "{\"ids\":[\"\(id)\"]}")
            // A minute later: the purge takes what was deleted before it.
            try await world.sandbox(.post, "/sandbox/clock", #"{"offset_seconds":-60}"#)
            try await world.sandbox(.post, "/sandbox/purge-delete-log", #"{"object":"Account"}"#)
            let result = try await world.poll("Account")
            #expect(result.text.hasSuffix("0 deleted"), "\(result.text)")
            try await eventually("the comparison removes the row") {
                try await world.count("salesforce.account") == 99
            }
            try await eventually { try await world.count("sluice.jobs WHERE kind = 'load'") == 0 }
            // The comparison stands for what the log does not know.
            try await world.sandbox(.post, "/sandbox/clock", #"{"offset_seconds":-30}"#)
            _ = try await world.poll("Account")
            try await eventually { try await world.count("sluice.jobs WHERE kind = 'load'") == 0 }
            #expect(
                try await world.count("sluice.finished_jobs WHERE kind = 'load' AND args->>'reason' = 'deletes' AND state = 'completed'")
                    == 1)
            #expect(try await world.mapping("Account").state == .dataSynced)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test("a record that is undeleted comes back as the row that it was, with its id", arguments: TargetHome.allCases)
    func undeleted(home: TargetHome) async throws {
        try await SyncWorld.with(rows: ["Account": 50], home: home) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", nil)])
            let all = try await world.target.query("SELECT sfid, id FROM salesforce.account ORDER BY id")
            try await world.sandbox(.post, "/sandbox/mutate", #"{"object":"Account","delete":{"count":5},"seed":3}"#)
            #expect(try await world.poll("Account").text.contains("5 deleted"))
            let left = try await world.sfids("Account")
            let before = try all.filter { !left.contains(try $0.decode("sfid", as: String.self)) }
            let list = try before.map { "\"\(try $0.decode("sfid", as: String.self))\"" }.joined(separator: ",")
            // Somebody else gets an id of his own meanwhile.
            try await world.sandbox(.post, "/sandbox/mutate", #"{"object":"Account","insert":{"count":3,"fields":{"Name":"New %d"}}}"#)
            _ = try await world.poll("Account")
            try await world.sandbox(.post, "/sandbox/undelete", "{\"ids\":[\(list)]}")
            let result = try await world.poll("Account")
            #expect(result.text.contains("5 inserted"), "\(result.text)")
            for row in before {
                let (sfid, id) = (try row.decode("sfid", as: String.self), try row.decode("id", as: Int.self))
                #expect(try await world.count("salesforce.account WHERE sfid = '\(sfid)' AND id = \(id)") == 1)
            }
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test(
        "a record that was deleted from here and is undeleted in the org comes back under the id that its row had",
        arguments: TargetHome.allCases)
    func undeletedAfterWrite(home: TargetHome) async throws {
        try await SyncWorld.with(rows: ["Account": 20], home: home) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", nil)])
            let gone = try await world.target.query("DELETE FROM salesforce.account WHERE id IN (3, 5) RETURNING sfid, id").map {
                (try $0.decode("sfid", as: String.self), try $0.decode("id", as: Int.self))
            }
            #expect(try await world.write().state == "completed")
            // Whoever took an id meanwhile keeps it.
            try await world.script(
                "BEGIN; SET LOCAL xmlbinary TO 'hex'; INSERT INTO salesforce.account (id, name) VALUES (5, 'taken'); COMMIT")
            let ids = gone.map { "\"\($0.0)\"" }.joined(separator: ",")
            try await world.sandbox(.post, "/sandbox/undelete", "{\"ids\":[\(ids)]}")
            #expect(try await world.poll("Account").state == "completed")
            let back = Dictionary(
                uniqueKeysWithValues: try await world.target.query("SELECT sfid, id FROM salesforce.account WHERE sfid IS NOT NULL").map {
                    (try $0.decode("sfid", as: String.self), try $0.decode("id", as: Int.self))
                })
            #expect(back.count == 20)
            for (sfid, id) in gone { #expect(id == 5 ? back[sfid] != 5 && back[sfid] != nil : back[sfid] == id) }
        }
    }

    @Test("files are read one by one, by REST, and kept as text in base64")
    func files() async throws {
        try await SyncWorld.with(rows: ["Account": 10, "Attachment": 30]) { world in
            try await world.importMappings([
                ("Attachment", ["Id", "IsDeleted", "SystemModstamp", "Name", "BodyLength", "Body", "ParentId"], "read_only", nil)
            ])
            let mapping = try await world.mapping("Attachment")
            try #require(mapping.state == .dataSynced, "\(mapping.stateDescription ?? "")")
            let files = "salesforce.attachment WHERE octet_length(decode(body, 'base64')) = bodylength"
            #expect(try await world.count(files) == 30)
            try await world.sandbox(
                .post, "/sandbox/mutate", #"{"object":"Attachment","update":{"count":4,"field":"Name","value":"other %d"}}"#)
            #expect(try await world.poll("Attachment").text.contains("4 updated"))
            #expect(try await world.count(files) == 30)
        }
    }

    @Test("an org whose calls are used up is left alone for a while, says so, and is polled again")
    func limit() async throws {
        try await SyncWorld.with(rows: ["Account": 20]) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_only", nil)])
            try await world.sandbox(.post, "/sandbox/mutate", #"{"object":"Account","update":{"count":5,"field":"Phone","value":"+1 %d"}}"#)
            try await world.sandbox(.post, "/sandbox/trouble", #"{"kind":"status","status":403,"count":1,"path_prefix":"/services/data"}"#)
            let id = try await world.queue.enqueue([try .poll(try await world.mapping("Account"))])[0]!
            try await eventually {
                try await world.count("sluice.jobs WHERE id = \(id) AND last_error LIKE '%REQUEST_LIMIT_EXCEEDED%'") == 1
            }
            #expect(try await world.count("sluice.jobs WHERE id = \(id) AND run_at > now() + interval '30 seconds'") == 1)
            #expect(try await world.mapping("Account").state.isError == false)
            try await world.queue.wake(id)
            #expect(try await world.finished(id).state == "completed")
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test("a query that is too long for a URL goes in the body of a composite call", arguments: [5, 2500])
    func longQuery(changed: Int) async throws {
        try await SyncWorld.with(rows: ["Account": 3000]) { world in
            let names = (0..<230).map { "A_field_whose_name_is_long_\($0)__c" }
            let changes = names.map {
                "{\"change\":\"add_field\",\"object\":\"Account\",\"field\":{\"name\":\"\($0)\",\"type\":\"string\",\"length\":40}}"
            }
            try await world.sandbox(.post, "/sandbox/schema", "[\(changes.joined(separator: ","))]")
            try await world.importMappings([("Account", SyncWorld.accountFields + names, "read_only", nil)])
            try await world.sandbox(
                .post, "/sandbox/mutate",
                "{\"object\":\"Account\",\"update\":{\"count\":\(changed),\"field\":\"\(names[7])\",\"value\":\"new %d\"}}")
            let result = try await world.poll("Account")
            #expect(result.text.contains("0 inserted, \(changed) updated, 0 deleted"), "\(result.text)")
            #expect(try await world.isEqual("Account", ["Id", names[7], names[229]]))
        }
    }

    @Test("a transaction that was committed late is read by the next wide window", arguments: [true, false])
    func lateCommit(isWide: Bool) async throws {
        try await SyncWorld.with(rows: ["Account": 20]) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_only", nil)])
            try await world.sandbox(
                .post, "/sandbox/late-commit", #"{"object":"Account","seconds":50,"records":[{"Name":"Late"}]}"#)
            try await world.sandbox(.post, "/sandbox/clock", #"{"offset_seconds":40}"#)
            _ = try await world.poll("Account")
            // It is stamped before the watermark by more than a narrow window reaches back.
            try await world.sandbox(.post, "/sandbox/clock", "{\"offset_seconds\":\(isWide ? 120 : 55)}")
            try await eventually("it is committed") {
                try await world.sandbox(.get, "/sandbox/hash?object=Account&fields=Id")["rows"] as? Int == 21
            }
            _ = try await world.poll("Account")
            if isWide { _ = try await world.poll("Account") }
            let mapping = try await world.mapping("Account")
            #expect(try await world.count("salesforce.account WHERE name = 'Late'") == (isWide ? 1 : 0))
            #expect((mapping.completeWatermark == mapping.watermark) == isWide)
        }
    }

    @Test("more changes than large_query_threshold go through a bulk query", arguments: TargetHome.allCases)
    func bulk(home: TargetHome) async throws {
        try await SyncWorld.with(rows: ["Account": 600], bulkPageRows: 100, home: home) { world in
            try await world.pool.run("UPDATE sluice.connections SET large_query_threshold = 50")
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_only", nil)])
            try await world.sandbox(
                .post, "/sandbox/mutate",
                #"{"object":"Account","update":{"count":300,"field":"Phone","value":"+1 555 %d"},"delete":{"count":50},"seed":5}"#)
            let result = try await world.poll("Account")
            #expect(result.state == "completed", "\(result.text)")
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test("a field whose change still waits to be written keeps its value; the others are updated", arguments: TargetHome.allCases)
    func waitingFields(home: TargetHome) async throws {
        try await SyncWorld.with(rows: ["Account": 50], home: home) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", "External_Id__c")])
            try await world.target.run("UPDATE salesforce.account SET name = 'mine'")
            try await world.sandbox(
                .post, "/sandbox/mutate",
                #"{"object":"Account","update":{"count":50,"fields":{"Name":"theirs","Phone":"+49 %d"}},"seed":5}"#)
            let result = try await world.poll("Account")
            #expect(result.state == "completed", "\(result.text)")
            #expect(try await world.count("salesforce.account WHERE name = 'mine' AND phone LIKE '+49%' AND _hc_lastop = 'PENDING'") == 50)
            let written = try await world.write()
            #expect(written.state == "completed", "\(written.text)")
            _ = try await world.poll("Account")
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
            #expect(try await world.count("salesforce.account WHERE name = 'mine' AND _hc_lastop = 'SYNCED'") == 50)
        }
    }

    @Test("a row that a poll gives the record of its unique identifier is sent all the same", arguments: TargetHome.allCases)
    func adopted(home: TargetHome) async throws {
        try await SyncWorld.with(rows: ["Account": 5], home: home) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", "External_Id__c")])
            try await world.sandbox(
                .post, "/sandbox/mutate",
                #"{"object":"Account","insert":{"count":1,"fields":{"Name":"theirs","Phone":"1","External_Id__c":"BOTH"}}}"#)
            try await world.target.run("INSERT INTO salesforce.account (name, external_id__c) VALUES ('ours', 'BOTH')")
            _ = try await world.poll("Account")
            #expect(try await world.count("salesforce.account WHERE external_id__c = 'BOTH' AND sfid IS NOT NULL AND name = 'ours'") == 1)
            #expect(try await world.write().text.hasPrefix("1 written, 0 failed"))
            _ = try await world.poll("Account")
            #expect(try await world.count("salesforce.account WHERE external_id__c = 'BOTH' AND name = 'ours' AND phone = '1'") == 1)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }
}
