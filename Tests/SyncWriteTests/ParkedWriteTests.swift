import Catalog
import Eventually
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import SyncWorld
import Testing

@Suite("One bad row or table does not stop the others")
struct ParkedWriteTests {
    private static let contactFields = ["Id", "IsDeleted", "SystemModstamp", "LastName", "Email"]

    private func withBoth(_ body: @Sendable (SyncWorld) async throws -> Void) async throws {
        try await SyncWorld.with(rows: ["Account": 10, "Contact": 10]) { world in
            try await world.importMappings([
                ("Account", SyncWorld.accountFields, "read_write", "External_Id__c"), ("Contact", Self.contactFields, "read_write", nil),
            ])
            try await body(world)
        }
    }

    private func states(_ world: SyncWorld, _ condition: String) async throws -> [String] {
        try await world.pool.query(PostgresQuery(sql: "SELECT DISTINCT state FROM salesforce._trigger_log WHERE \(condition) ORDER BY 1"))
            .map { try $0.decode("state") }
    }

    private static let badRows: [(columns: String, says: String)] = [
        ("('UPDATE', 'account', 3, (SELECT sfid FROM salesforce.account WHERE id = 3), 'no hstore')", "values"),
        ("('INSERT', 'account', 3, NULL, '\"a\"=>')", "values"),
        ("('DELETE', 'account', 3, 'not-an-id', NULL)", "sfid"),
        ("('DELETE', 'account', 3, '001000000000000ZZZ', NULL)", "sfid"),
        ("('UPDATE', 'account', 3, 'nope', '\"phone\"=>\"1\"')", "sfid"),
        ("('UPSERT', 'account', 3, NULL, NULL)", "action"),
        ("(NULL, 'account', 3, NULL, NULL)", "action"),
        ("('UPDATE', 'account', NULL, NULL, '\"phone\"=>\"1\"')", "record_id"),
        ("('INSERT', 'account', NULL, NULL, NULL)", "record_id"),
    ]

    @Test("a row of the log that cannot be read fails alone and says why; everything else is written, and polls go on")
    func malformedRows() async throws {
        try await withBoth { world in
            for bad in Self.badRows {
                try await world.pool.run(
                    PostgresQuery(
                        sql: #"INSERT INTO salesforce._trigger_log (action, table_name, record_id, sfid, "values") VALUES \#(bad.columns)"#)
                )
            }
            try await world.pool.run("UPDATE salesforce._trigger_log SET state = 'NEW'")
            try await world.pool.run("UPDATE salesforce.account SET phone = 'fine' WHERE id IN (3, 4)")
            try await world.pool.run("UPDATE salesforce.contact SET email = 'a@b.example' WHERE id = 1")
            // A poll meets them first.
            let polled = try await world.poll("Account")
            #expect(polled.state == "completed", "\(polled.text)")
            let result = try await world.write()
            #expect(result.text.hasPrefix("3 written, \(Self.badRows.count) failed"), "\(result.text)")
            let messages = try await world.pool.query("SELECT sf_message FROM salesforce._trigger_log WHERE state = 'FAILED' ORDER BY id")
                .map { try $0.decode("sf_message", as: String.self) }
            for (bad, message) in zip(Self.badRows, messages) { #expect(message.contains("\(bad.says): expected"), "\(message)") }
            #expect(try await states(world, "state IN ('NEW', 'PENDING')").isEmpty)
            #expect(try await world.catalog.connection(world.connectionID)?.state == .idle)
            #expect(try await world.count("sluice.notifications") > 0)
        }
    }

    @Test("a call that is refused as a whole is halved: only the records that it is refused for fail")
    func halved() async throws {
        try await withBoth { world in
            // A number that JSON cannot hold spoils the whole body.
            try await world.pool.run("UPDATE salesforce.account SET annualrevenue = id")
            try await world.pool.run(
                #"UPDATE salesforce._trigger_log SET "values" = '"annualrevenue"=>"0x1p3"' WHERE record_id IN (4, 7) AND state = 'NEW'"#)
            try await world.sandbox(
                .post, "/sandbox/trouble",
                #"{"kind":"status","status":400,"code":"JSON_PARSER_ERROR","count":3,"path_prefix":"…/composite/sobjects","method":"POST"}"#
            )
            try await world.pool.run("INSERT INTO salesforce.contact (lastname) SELECT 'New ' || n FROM generate_series(1, 8) n")
            let result = try await world.write()
            // Three refusals: eight, four, two at last; the other calls are taken.
            #expect(result.text.hasPrefix("16 written, 2 failed"), "\(result.text)")
            #expect(try await world.count("salesforce.account WHERE _hc_lastop = 'FAILED'") == 2)
            #expect(try await world.count("salesforce.contact WHERE sfid IS NULL") == 0)
        }
    }

    @Test("one record of a call for which the whole call is refused again and again is found and fails")
    func found() async throws {
        try await withBoth { world in
            try await world.sandbox(
                .post, "/sandbox/trouble",
                #"{"kind":"status","status":400,"code":"JSON_PARSER_ERROR","count":4,"path_prefix":"…/composite/sobjects","method":"PATCH"}"#
            )
            try await world.pool.run("UPDATE salesforce.account SET phone = 'x' WHERE id <= 8")
            let result = try await world.write()
            #expect(result.text.hasPrefix("7 written, 1 failed"), "\(result.text)")
            #expect(try await world.count("salesforce.account WHERE _hc_lastop = 'FAILED' AND _hc_err LIKE '%JSON_PARSER_ERROR%'") == 1)
        }
    }

    enum Damage: String, CaseIterable, Sendable {
        case dropped, refusingTrigger, lostPrivilege, removedField, unreadableShape, removedColumn

        func happen(_ world: SyncWorld) async throws {
            switch self {
            case .dropped: try await world.pool.run("DROP TABLE salesforce.account")
            case .refusingTrigger:
                try await world.script(
                    """
                    CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not today'; END $$;
                    CREATE TRIGGER refuse BEFORE UPDATE ON salesforce.account FOR EACH ROW WHEN (NEW.sfid IS NOT NULL) EXECUTE FUNCTION public.refuse();
                    """)
            case .lostPrivilege:
                // The superuser of the tests may do everything: a rule stands in for the right that is gone.
                try await world.script(
                    """
                    CREATE FUNCTION public.deny() RETURNS trigger LANGUAGE plpgsql AS $$
                    BEGIN RAISE EXCEPTION 'permission denied for table account' USING ERRCODE = '42501'; END $$;
                    CREATE TRIGGER deny BEFORE UPDATE ON salesforce.account FOR EACH STATEMENT EXECUTE FUNCTION public.deny();
                    """)
            case .removedField:
                try await world.sandbox(.post, "/sandbox/schema", #"{"change":"remove_field","object":"Account","field":"Phone"}"#)
            case .unreadableShape: try await world.pool.run("UPDATE sluice.mappings SET table_schema = '{}' WHERE object_name = 'Account'")
            case .removedColumn: try await world.pool.run("ALTER TABLE salesforce.account DROP COLUMN _hc_err CASCADE")
            }
        }

        func mend(_ world: SyncWorld) async throws {
            switch self {
            case .dropped, .unreadableShape, .removedColumn:
                if self == .removedColumn { try await world.pool.run("ALTER TABLE salesforce.account ADD COLUMN _hc_err text") }
                let result = try await world.run(try .load(try await world.mapping("Account"), reason: .reload))
                #expect(result.state == "completed", "\(result.text)")
            case .refusingTrigger: try await world.pool.run("DROP TRIGGER refuse ON salesforce.account")
            case .lostPrivilege: try await world.pool.run("DROP TRIGGER deny ON salesforce.account")
            case .removedField:
                try await world.sandbox(
                    .post, "/sandbox/schema",
                    #"{"change":"add_field","object":"Account","field":{"name":"Phone","type":"phone","length":40}}"#)
            }
        }
    }

    @Test("what is refused for a field while the org does not describe its objects waits until it can be told whose fault that is")
    func undescribed() async throws {
        try await withBoth { world in
            try await world.pool.run("UPDATE salesforce.account SET phone = '030 1' WHERE id = 1")
            try await world.sandbox(.post, "/sandbox/schema", #"{"change":"remove_field","object":"Account","field":"Phone"}"#)
            try await world.sandbox(
                .post, "/sandbox/trouble", #"{"kind":"status","status":503,"count":-1,"path_prefix":"…/describe"}"#)
            let writing = Task { try await world.write() }
            try await eventually("it was refused, and waits") {
                try await world.count("salesforce._trigger_log WHERE state IN ('NEW', 'FAILED') AND sf_message LIKE '%INVALID_FIELD%'") == 1
            }
            #expect(try await states(world, "table_name = 'account'") == ["NEW"])
            try await world.sandbox(.delete, "/sandbox/trouble")
            #expect(try await writing.value.text.hasSuffix("parked: account"))
            #expect(try await states(world, "table_name = 'account'") == ["NEW"])
        }
    }

    @Test(
        "a table that cannot be written is parked with state, reason and one notification; others go on; once mended, all is written",
        arguments: Damage.allCases)
    func parked(damage: Damage) async throws {
        try await withBoth { world in
            let target = try await world.sfids("Account", where: "id <= 5")
            try await world.pool.transaction { session in
                try session.run("UPDATE salesforce.account SET phone = '030 1' WHERE id <= 5")
                try session.run(
                    "INSERT INTO salesforce.account (name, external_id__c) VALUES ('One', 'N-1'), ('Two', 'N-2'), ('Three', NULL), ('Four', NULL)"
                )
                try session.run("UPDATE salesforce.contact SET email = 'a@b.example' WHERE id <= 5")
            }
            try await damage.happen(world)
            let result = try await world.write()
            #expect(result.state == "completed" && result.text.hasSuffix("parked: account"), "\(result)")
            #expect(try await world.count("salesforce.contact WHERE _hc_lastop = 'UPDATED'") == 5)
            let mapping = try await world.mapping("Account")
            #expect(mapping.state == .badConfig || mapping.state == .systemError, "\(mapping.state)")
            #expect(mapping.stateDescription?.contains("writes are parked: ") ?? false, "\(mapping.stateDescription ?? "")")
            #expect(try await world.count("sluice.mapping_status WHERE object_name = 'Account' AND next_write_at > now()") == 1)
            #expect(try await world.count("sluice.notifications WHERE message LIKE 'Account: writes are parked%'") == 1)
            #expect(try await states(world, "table_name = 'account' AND state = 'FAILED'").isEmpty)
            // Not tried again before its time, nor told again.
            #expect(try await world.write().text.hasPrefix("0 written, 0 failed"))
            try await world.pool.transaction { try CatalogStore.retryParkedWrites(world.connectionID, in: $0) }
            _ = try await world.write()
            #expect(try await world.count("sluice.notifications WHERE message LIKE 'Account: writes are parked%'") == 1)
            #expect(try await world.mapping("Account").stateDescription?.contains("attempt 2 failed") ?? false)

            try await damage.mend(world)
            try await world.pool.transaction { try CatalogStore.retryParkedWrites(world.connectionID, in: $0) }
            let after = try await world.write()
            #expect(after.text.contains(" 0 failed") && !after.text.contains("parked"), "\(after.text)")
            #expect(try await states(world, "table_name = 'account' AND state IN ('NEW', 'PENDING')").isEmpty)
            _ = try await world.poll("Account")
            #expect(try await world.mapping("Account").state == .dataSynced)
            #expect(try await world.isEqual("Account", ["Id", "Name", "External_Id__c"]))
            #expect(try await world.sfids("Account", where: "phone = '030 1'") == target)
            #expect(try await world.count("salesforce.account WHERE name IN ('One', 'Two', 'Three', 'Four') AND sfid IS NOT NULL") == 4)
            #expect(try await world.count("salesforce.account") == 14)
        }
    }

    @Test(
        "what Salesforce refuses while the table refuses all marks fails on its row, too, once the table can be written",
        arguments: [true, false])
    func refusedMeanwhile(isInsert: Bool) async throws {
        try await withBoth { world in
            let change =
                isInsert
                ? "INSERT INTO salesforce.contact (email, lastname) VALUES ('a@b.example', NULL), (NULL, 'Good')"
                : "UPDATE salesforce.contact SET lastname = NULL WHERE id = 3"
            try await world.pool.run(PostgresQuery(sql: change))
            if !isInsert { try await world.pool.run("UPDATE salesforce.contact SET email = 'c@d.example' WHERE id = 5") }
            try await world.script(
                """
                CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not today'; END $$;
                CREATE TRIGGER refuse BEFORE UPDATE ON salesforce.contact FOR EACH ROW EXECUTE FUNCTION public.refuse();
                """)
            #expect(try await world.write().text.hasSuffix("parked: contact"))
            #expect(try await states(world, "table_name = 'contact' AND \"values\" LIKE '%lastname\"=>NULL%'") == ["NEW"])
            try await world.pool.run("DROP TRIGGER refuse ON salesforce.contact")
            try await world.pool.transaction { try CatalogStore.retryParkedWrites(world.connectionID, in: $0) }
            #expect(try await world.write().text.contains(" 1 failed"))
            #expect(
                try await world.count(
                    "salesforce.contact WHERE _hc_lastop = 'FAILED' AND _hc_err::json->>'code' = 'REQUIRED_FIELD_MISSING' AND lastname IS NULL"
                )
                    == 1)
            #expect(try await states(world, "table_name = 'contact' AND state <> 'SUCCESS'") == ["FAILED"])
        }
    }

    @Test("one row that a trigger refuses fails alone; once the trigger is gone it is settled without being sent again")
    func refusedRow() async throws {
        try await withBoth { world in
            try await world.script(
                """
                CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not this one'; END $$;
                CREATE TRIGGER refuse BEFORE UPDATE ON salesforce.contact FOR EACH ROW
                WHEN (OLD.lastname = 'Odd') EXECUTE FUNCTION public.refuse();
                """)
            try await world.pool.run("INSERT INTO salesforce.contact (lastname) VALUES ('Even'), ('Odd'), ('Even too')")
            let result = try await world.write()
            #expect(result.text.hasPrefix("2 written, 1 failed"), "\(result.text)")
            #expect(try await world.count("salesforce._trigger_log WHERE state = 'FAILED' AND sf_message LIKE '%not this one%'") == 1)
            try await world.pool.run("DROP TRIGGER refuse ON salesforce.contact")
            try await world.pool.run("UPDATE salesforce._trigger_log SET state = 'NEW' WHERE state = 'FAILED'")
            #expect(try await world.write().text.hasPrefix("1 written, 0 failed, 0 ignored in 0 calls"))
            _ = try await world.poll("Contact")
            #expect(try await world.isEqual("Contact", Self.contactFields))
            #expect(try await world.count("salesforce.contact") == 13)
        }
    }

    @Test("a row that could not be marked gets its record with its next change, also where that is refused", arguments: [true, false])
    func namedLater(isRefused: Bool) async throws {
        try await withBoth { world in
            try await world.script(
                """
                CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not this one'; END $$;
                CREATE TRIGGER refuse BEFORE UPDATE ON salesforce.contact FOR EACH ROW
                WHEN (OLD.lastname = 'Odd') EXECUTE FUNCTION public.refuse();
                """)
            try await world.pool.run("INSERT INTO salesforce.contact (lastname) VALUES ('Even'), ('Odd'), ('Even too')")
            #expect(try await world.write().text.hasPrefix("2 written, 1 failed"))
            try await world.pool.run("DROP TRIGGER refuse ON salesforce.contact")
            #expect(try await world.count("salesforce.contact WHERE sfid IS NULL") == 1)
            try await world.pool.run(
                "UPDATE salesforce.contact SET \(raw: isRefused ? "lastname = NULL" : "lastname = 'Odder'") WHERE lastname = 'Odd'")
            #expect(try await world.write().text.hasPrefix(isRefused ? "0 written, 1 failed" : "1 written, 0 failed"))
            let state = isRefused ? "FAILED" : "UPDATED"
            #expect(try await world.count("salesforce.contact WHERE sfid IS NOT NULL AND _hc_lastop = '\(state)'") == 1)
            _ = try await world.poll("Contact")
            #expect(try await world.count("salesforce.contact WHERE sfid IS NOT NULL") == 13)
            if !isRefused { #expect(try await world.isEqual("Contact", Self.contactFields)) }
        }
    }

    @Test("children whose parents are parked wait with them")
    func children() async throws {
        try await SyncWorld.with(rows: ["Account": 5, "Project__c": 5]) { world in
            let fields = ["Id", "IsDeleted", "SystemModstamp", "Name", "External_Id__c", "Account__c", "Account__r.External_Id__c"]
            try await world.importMappings([
                ("Account", SyncWorld.accountFields, "read_write", "External_Id__c"),
                ("Project__c", fields, "read_write", "External_Id__c"),
            ])
            try await Damage.refusingTrigger.happen(world)
            try await world.pool.run("INSERT INTO salesforce.account (name, external_id__c) VALUES ('P', 'P-1'), ('Q', 'Q-1')")
            _ = try await world.write()
            try await Damage.refusingTrigger.mend(world)
            try await world.script("CREATE TRIGGER refuse BEFORE UPDATE ON salesforce.account EXECUTE FUNCTION public.refuse()")
            try await world.pool.run("INSERT INTO salesforce.account (name, external_id__c) VALUES ('R', 'R-1')")
            try await world.pool.run(
                "INSERT INTO salesforce.project__c (name, external_id__c, account__r__external_id__c) VALUES ('waits', 'C-1', 'R-1')")
            #expect(try await world.write().text.hasPrefix("0 written, 0 failed"))
            #expect(try await states(world, "table_name = 'project__c'") == ["NEW"])
            try await world.pool.run("DROP TRIGGER refuse ON salesforce.account")
            try await world.pool.transaction { try CatalogStore.retryParkedWrites(world.connectionID, in: $0) }
            let result = try await world.write()
            #expect(result.text.contains(" 0 failed"), "\(result.text)")
            #expect(try await world.count("salesforce.project__c WHERE name = 'waits' AND sfid IS NOT NULL") == 1)
        }
    }

    @Test("a parent keeps the external id by which an earlier change of a parked table names it", arguments: [true, false])
    func keptForChild(isDeleted: Bool) async throws {
        try await SyncWorld.with(rows: ["Account": 5, "Project__c": 5]) { world in
            let fields = ["Id", "IsDeleted", "SystemModstamp", "Name", "External_Id__c", "Account__c", "Account__r.External_Id__c"]
            try await world.importMappings([
                ("Account", SyncWorld.accountFields, "read_write", "External_Id__c"),
                ("Project__c", fields, "read_write", "External_Id__c"),
            ])
            try await world.pool.run("UPDATE salesforce.account SET external_id__c = 'P-' || id")
            _ = try await world.write()
            try await world.script(
                """
                CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not today'; END $$;
                CREATE TRIGGER refuse BEFORE UPDATE ON salesforce.project__c EXECUTE FUNCTION public.refuse()
                """)
            try await world.pool.run("INSERT INTO salesforce.project__c (name) VALUES ('first'), ('second')")
            #expect(try await world.write().text.hasSuffix("parked: project__c"))
            try await world.pool.run("INSERT INTO salesforce.project__c (name, account__r__external_id__c) VALUES ('waits', 'P-2')")
            try await world.pool.run(
                PostgresQuery(
                    sql: isDeleted
                        ? "DELETE FROM salesforce.account WHERE id = 2"
                        : "UPDATE salesforce.account SET external_id__c = 'Q-' || id WHERE id IN (2, 3)"))
            #expect(try await world.write().text.hasPrefix(isDeleted ? "0 written, 0 failed" : "1 written, 0 failed"))
            try await world.pool.run("DROP TRIGGER refuse ON salesforce.project__c")
            try await world.pool.transaction { try CatalogStore.retryParkedWrites(world.connectionID, in: $0) }
            #expect(try await world.write().text.contains(" 0 failed"))
            #expect(try await states(world, "true") == ["SUCCESS"])
        }
    }

    @Test("a field that the org no longer has, and by which a lost insert is looked for, parks its table alone")
    func lookedUpByRemovedField() async throws {
        try await withBoth { world in
            try await world.pool.run("INSERT INTO salesforce.account (name, phone) VALUES ('Lost', '030 77')")
            try await world.pool.run("UPDATE salesforce._trigger_log SET state = 'PENDING', updated_at = now() - interval '1 hour'")
            try await world.pool.run("UPDATE salesforce.contact SET email = 'a@b.example' WHERE id <= 5")
            try await Damage.removedField.happen(world)
            let result = try await world.write()
            #expect(result.state == "completed" && result.text.hasSuffix("parked: account"), "\(result)")
            #expect(try await world.count("salesforce.contact WHERE _hc_lastop = 'UPDATED'") == 5)
            try await Damage.removedField.mend(world)
            try await world.pool.transaction { try CatalogStore.retryParkedWrites(world.connectionID, in: $0) }
            #expect(try await world.write().text.hasPrefix("1 written, 0 failed"))
        }
    }
}
