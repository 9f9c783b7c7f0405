import Testing

@testable import SandboxData
@testable import SandboxOrg
@testable import SandboxQuery
@testable import SandboxStore

@Suite("SOQL")
struct SOQLTests {
    private static let org: Org? = {
        guard
            let built = try? SchemaBuilder(document: SchemaDocument.builtIn(), rows: ["Account": 2000, "Contact": 300], seed: 3).build()
        else { return nil }
        return Org(schema: built.schema, rows: built.rows, seed: 3, clock: { 1_790_000_000 })
    }()

    private func run(_ query: String, all: Bool = false) async throws -> [Int] {
        let org = try #require(Self.org)
        let plan = try QueryPlan.make(query, schema: org.schema, includesDeleted: all, now: org.clock())
        let rows = await QueryRunner(plan: plan, org: org).run()
        return (0..<rows.count).map { rows[$0] }
    }

    /// What a condition should find, by asking every row.
    private func expected(_ test: (RowStore, Int) -> Bool) throws -> [Int] {
        let store = try #require(Self.org).snapshot().stores[1]
        return (0..<store.count).filter { test(store, $0) }
    }

    private func value(_ store: RowStore, _ row: Int, _ field: String) -> Value {
        store.object.field(field).map { store.value(row, $0) } ?? .null
    }

    @Test("a whole statement is read into its parts")
    func parses() throws {
        let query = try SOQLParser.parse(
            "select Id, Owner.Name FROM Account a WHERE (Name = 'O\\'Brien' or Industry in ('A','B')) AND NOT AnnualRevenue >= 1e6 "
                + "ORDER BY Name DESC NULLS LAST, Id LIMIT 10 OFFSET 5")
        #expect(query.fields.map(\.text) == ["Id", "Owner.Name"])
        #expect(query.aliases == ["a": []])
        #expect(query.limit == 10)
        #expect(query.offset == 5)
        #expect(query.order.map(\.descending) == [true, false])
        #expect(query.order.map(\.nullsFirst) == [false, true])
        guard case .all(let parts) = query.condition, case .any(let either) = parts.first else {
            Issue.record("AND of OR and NOT expected")
            return
        }
        #expect(parts.count == 2)
        guard case .compare(_, .equal, let literals) = either.first else { return }
        #expect(literals == [.string("O'Brien")])
    }

    @Test(
        "a malformed statement is refused with its place",
        arguments: [
            "", "SELECT", "SELECT FROM Account", "SELECT Id FROM", "SELECT Id, FROM Account", "SELECT Id FROM Account WHERE",
            "SELECT Id FROM Account WHERE Name = 'x", "SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'",
            "SELECT Id FROM Account WHERE (Name = 'a'", "SELECT Id FROM Account LIMIT x", "SELECT Id FROM Account GARBAGE GARBAGE",
            "SELECT COUNT(Id FROM Account", "SELECT Id, (SELECT Id FROM Contacts FROM Account", "SELECT Id FROM Account GROUP Id",
            "SELECT COUNT(), Id FROM Account", "SELECT COUNT(), COUNT() FROM Account", "SELECT FOO(Id) FROM Account",
            "SELECT Id FROM Account WHERE CreatedDate = LAST_N_DAYS", "SELECT Id FROM Account WHERE CreatedDate = LAST_N_DAYS:x",
            "SELECT Id FROM Account WHERE COUNT(Id) > 1", "SELECT FIELDS(SOME) FROM Account", "SELECT Id FROM Account WHERE Name LIKE 5",
            "SELECT .Id FROM Account",
            "SELECT Id FROM Account WHERE Id IN (SELECT Id FROM Contact", "DELETE FROM Account", "SELECT Id FROM Account; DROP TABLE x",
        ])
    func malformed(query: String) {
        let error = #expect(throws: SOQLError.self) { try SOQLParser.parse(query) }
        #expect(error?.code == "MALFORMED_QUERY")
    }

    @Test("an unknown field is shown in its place, as Salesforce shows it")
    func unknownField() async {
        let error = await #expect(throws: SOQLError.self) { try await run("SELECT Id, Foo FROM Account") }
        #expect(error?.code == "INVALID_FIELD")
        #expect(
            error?.message
                == "\nSELECT Id, Foo FROM Account\n           ^\nERROR at Row:1:Column:12\nNo such column 'Foo' on entity 'Account'. If you are "
                + "attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or "
                + "the describe call for the appropriate names.")
    }

    @Test(
        "what does not fit the schema is refused",
        arguments: [
            ("SELECT Id FROM Foo", "INVALID_TYPE"), ("SELECT Foo.Name FROM Account", "INVALID_FIELD"),
            ("SELECT Id FROM Account WHERE CreatedDate > '2024-01-01T00:00:00Z'", "INVALID_FIELD"),
            ("SELECT Id FROM Account WHERE Name = 5", "INVALID_FIELD"),
            ("SELECT Id FROM Account WHERE Description LIKE '%a%'", "INVALID_FIELD"),
            ("SELECT Id FROM Account WHERE Id = 'nonsense'", "INVALID_QUERY_FILTER_OPERATOR"),
            ("SELECT Id FROM Account WHERE AnnualRevenue LIKE '%1'", "INVALID_QUERY_FILTER_OPERATOR"),
            ("SELECT Id FROM Account OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE"),
            ("SELECT Id, Id FROM Account", "INVALID_FIELD"),
        ])
    func unfit(query: String, code: String) async {
        let error = await #expect(throws: SOQLError.self) { try await run(query) }
        #expect(error?.code == code)
    }

    @Test("comparisons find what asking every row finds")
    func comparisons() async throws {
        #expect(
            try await run("SELECT Id FROM Account WHERE Industry = 'bANKING' AND AnnualRevenue > 5e8")
                == expected { store, row in
                    value(store, row, "Industry") == .text("Banking") && value(store, row, "AnnualRevenue").number ?? 0 > 5e8
                })
        #expect(
            try await run("SELECT Id FROM Account WHERE Rating = null OR NOT Rating IN ('Hot','Warm')")
                == expected { store, row in
                    ![.text("Hot"), .text("Warm")].contains(value(store, row, "Rating"))
                })
        #expect(
            try await run(
                "SELECT Id FROM Account WHERE SystemModstamp >= 2023-05-01T00:00:00Z AND SystemModstamp < 2023-06-01T00:00:00+01:00")
                == expected { store, row in
                    guard case .datetime(let time) = value(store, row, "SystemModstamp") else { return false }
                    return time >= 1_682_899_200 && time < 1_685_574_000
                })
        #expect(
            try await run("SELECT Id FROM Account WHERE Interests__c INCLUDES ('Software;Services','Training')")
                == expected { store, row in
                    guard case .text(let text) = value(store, row, "Interests__c") else { return false }
                    return text.contains("Software;Services") || text.contains("Training")
                })
        #expect(try await run("SELECT Id FROM Account WHERE Customer_Since__c != null").count > 1000)
    }

    @Test("ids and unique values are found by index, in any form and order")
    func indexes() async throws {
        let schema = try #require(Self.org).schema
        let ids = [5, 900, 17].map { schema.text(of: RecordID(object: 1, row: $0)) }
        #expect(try await run("SELECT Id FROM Account WHERE Id IN ('\(ids[0])','\(ids[1].prefix(15))','\(ids[2])')") == [5, 17, 900])
        #expect(try await run("SELECT Id FROM Account WHERE Id > '\(ids[1])' ORDER BY Id LIMIT 3") == [901, 902, 903])
        #expect(try await run("SELECT Id FROM Account WHERE Id < '\(ids[0])'") == [0, 1, 2, 3, 4])
        #expect(try await run("SELECT Id FROM Account WHERE Id >= '001000000000000'").count == 2000)
        #expect(try await run("SELECT Id FROM Account WHERE External_Id__c = 'a-000018'") == [17])
        #expect(try await run("SELECT Id FROM Account WHERE External_Id__c IN ('A-000018','A-000001','X')") == [0, 17])
    }

    @Test("parents are followed, in conditions and orders too")
    func parents() async throws {
        let org = try #require(Self.org)
        let contacts = try #require(org.schema.object("Contact"))
        let found = try await run(
            "SELECT Account.Name FROM Contact WHERE Account.Owner.IsActive = true ORDER BY Account.Name DESC LIMIT 20")
        #expect(found.count == 20)
        let snapshot = org.snapshot()
        let reference = try #require(contacts.field("AccountId"))
        let names = found.map { row -> String in
            guard case .ref(let id) = snapshot.stores[contacts.index].value(row, reference),
                case .text(let name) = value(snapshot.stores[id.object], id.row, "Name")
            else { return "" }
            return name.lowercased()
        }
        #expect(names == names.sorted(by: >))
    }

    @Test("orders put nulls where they are asked for")
    func orders() async throws {
        let store = try #require(Self.org).snapshot().stores[1]
        let first = try #require(try await run("SELECT Id FROM Account ORDER BY Credit_Limit__c").first)
        #expect(value(store, first, "Credit_Limit__c").isNull)
        let last = try #require(try await run("SELECT Id FROM Account ORDER BY Credit_Limit__c NULLS LAST").first)
        #expect(!value(store, last, "Credit_Limit__c").isNull)
        let descending = try await run("SELECT Id FROM Account ORDER BY Credit_Limit__c DESC LIMIT 5 OFFSET 2")
        let numbers = descending.compactMap { value(store, $0, "Credit_Limit__c").number }
        #expect(numbers == numbers.sorted(by: >) && numbers.count == 5)
    }

    @Test(
        "LIKE knows its two signs and their escapes",
        arguments: [
            ("%", "", true), ("a%", "Abc", true), ("%c", "abc", true), ("a_c", "abc", true), ("a_c", "abbc", false), ("%b%", "abc", true),
            ("a\\%c", "a%c", true), ("a\\%c", "abc", false), ("a\\_c", "abc", false), ("%a%b%", "xxaxxbxx", true), ("", "a", false),
        ])
    func like(pattern: String, text: String, matches: Bool) { #expect(LikePattern(pattern).matches(text) == matches) }
}
