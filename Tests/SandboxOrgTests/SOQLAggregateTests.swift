import Foundation
import Testing

@testable import SandboxBytes
@testable import SandboxData
@testable import SandboxOrg
@testable import SandboxQuery

@Suite("SOQL: groups, children, semi-joins and dates")
struct SOQLAggregateTests {
    @Test("a count of a field has the recorded shape")
    func count() async throws {
        try await TestOrg.with { org in
            // query_aggregate_count_expr0_2022.json
            let answer = try await org.query("SELECT count(Id) FROM Opportunity WHERE (StageName != null)").object
            #expect(answer["totalSize"] as? Int == 1)
            #expect(answer["done"] as? Bool == true)
            let record = try #require((answer["records"] as? [[String: Any]])?.first)
            #expect(Set(record.keys) == ["attributes", "expr0"])
            #expect(record["attributes"] as? [String: String] == ["type": "AggregateResult"])
            let all = try await org.query("SELECT StageName FROM Opportunity").records.filter { $0["StageName"] is String }
            #expect(record["expr0"] as? Int == all.count)
        }
    }

    @Test("groups hold what asking every row finds")
    func groups() async throws {
        try await TestOrg.with { org in
            let rows = try await org.query("SELECT Industry, AnnualRevenue, NumberOfEmployees, CreatedDate, Rating FROM Account").records
            let byIndustry = Dictionary(grouping: rows) { $0["Industry"] as? String ?? "" }
            let answer = try await org.query(
                "SELECT Industry, COUNT(Id) total, SUM(AnnualRevenue), AVG(NumberOfEmployees) mean, MIN(CreatedDate), MAX(CreatedDate) last, "
                    + "COUNT_DISTINCT(Rating) FROM Account GROUP BY Industry ORDER BY COUNT(Id) DESC, Industry")
            #expect(answer.records.count == byIndustry.count)
            let totals = answer.records.compactMap { $0["total"] as? Int }
            #expect(totals == totals.sorted(by: >) && totals.reduce(0, +) == 300)
            for record in answer.records {
                #expect(Set(record.keys) == ["attributes", "Industry", "total", "expr0", "mean", "expr1", "last", "expr2"])
                let group = try #require(byIndustry[record["Industry"] as? String ?? ""])
                let revenue = group.compactMap { ($0["AnnualRevenue"] as? NSNumber)?.doubleValue }
                let sum = (record["expr0"] as? NSNumber)?.doubleValue ?? 0
                #expect(abs(sum - revenue.reduce(0, +)) < 1)
                let staff = group.compactMap { ($0["NumberOfEmployees"] as? NSNumber)?.doubleValue }
                let mean = (record["mean"] as? NSNumber)?.doubleValue ?? 0
                #expect(abs(mean - staff.reduce(0, +) / Double(max(staff.count, 1))) < 0.001)
                let dates = group.compactMap { $0["CreatedDate"] as? String }
                #expect(record["expr1"] as? String == dates.min())
                #expect(record["last"] as? String == dates.max())
                #expect(record["expr2"] as? Int == Set(group.compactMap { $0["Rating"] as? String }).count)
            }
            let few = try await org.query(
                "SELECT Owner.Name, COUNT(Id) c FROM Account GROUP BY Owner.Name HAVING COUNT(Id) > 2 AND Owner.Name != null ORDER BY Owner.Name LIMIT 3"
            ).records
            #expect(few.count <= 3 && few.allSatisfy { ($0["c"] as? Int ?? 0) > 2 && $0["Name"] is String })
        }
    }

    @Test(
        "what cannot be grouped is refused in Salesforce's words",
        arguments: [
            ("SELECT Name, COUNT(Id) FROM Account", "Field must be grouped or aggregated: Name"),
            ("SELECT COUNT(Id) FROM Account LIMIT 5", "Non-grouped query that uses overall aggregate functions cannot also use LIMIT"),
            ("SELECT SUM(Name) FROM Account", "field Name does not support aggregate operator SUM"),
            ("SELECT Industry FROM Account GROUP BY Industry ORDER BY Name", "Field must be grouped or aggregated: Name"),
            ("SELECT Description, COUNT(Id) FROM Account GROUP BY Description", "field 'Description' can not be grouped in a query call"),
            ("SELECT Name n FROM Account", "only aggregate expressions use field aliasing"),
            ("SELECT FIELDS(ALL) FROM Account", "The SOQL FIELDS function must have a LIMIT of at most 200"),
            ("SELECT Id FROM Account WHERE Id IN (SELECT Name FROM Contact)", "should point to the same object type"),
            ("SELECT Id FROM Account WHERE Id IN (SELECT OwnerId FROM Contact)", "should point to the same object type"),
            ("SELECT Id, (SELECT Id FROM Nobodies) FROM Account", "Didn't understand relationship 'Nobodies' in FROM part of query call."),
        ])
    func refusals(query: String, text: String) async throws {
        try await TestOrg.with { org in
            let answer = try await org.query(query)
            #expect(answer.status == 400)
            #expect(answer.errorMessage?.contains(text) ?? false, "\(answer.text)")
        }
    }

    @Test("children are small results inside their parents, or null")
    func children() async throws {
        try await TestOrg.with { org in
            let contacts = try await org.query("SELECT Id, AccountId FROM Contact WHERE AccountId != null").records
            let byAccount = Dictionary(grouping: contacts) { $0["AccountId"] as? String ?? "" }
            let answer = try await org.query("SELECT Name, (SELECT Id, Account.Name FROM Contacts ORDER BY Id), Phone FROM Account")
            #expect(answer.records.count == 300)
            let ids = try await org.query("SELECT Id FROM Account").records.compactMap { $0["Id"] as? String }
            for (id, record) in zip(ids, answer.records) {
                let wanted = (byAccount[id] ?? []).compactMap { $0["Id"] as? String }
                guard let inner = record["Contacts"] as? [String: Any] else {
                    #expect(record["Contacts"] is NSNull && wanted.isEmpty)
                    continue
                }
                #expect(Set(inner.keys) == ["totalSize", "done", "records"])
                let rows = inner["records"] as? [[String: Any]] ?? []
                #expect(rows.compactMap { $0["Id"] as? String } == wanted)
                #expect((rows.first?["attributes"] as? [String: Any])?["type"] as? String == "Contact")
                #expect((rows.first?["Account"] as? [String: Any])?["Name"] as? String == record["Name"] as? String)
            }
            let limited = try await org.query("SELECT Id, (SELECT Id FROM Contacts LIMIT 1) FROM Account").records
            #expect(limited.allSatisfy { ($0["Contacts"] as? [String: Any])?["totalSize"] as? Int ?? 1 == 1 })
        }
    }

    @Test("semi-joins find the rows that another query names, anti-joins the others")
    func semiJoins() async throws {
        try await TestOrg.with { org in
            let named = Set(
                try await org.query("SELECT AccountId FROM Contact WHERE LastName > 'M'").records.compactMap { $0["AccountId"] as? String })
            let inside = try await org.query("SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE LastName > 'M')")
                .records
            #expect(Set(inside.compactMap { $0["Id"] as? String }) == named)
            let outside = try await org.query(
                "SELECT COUNT() FROM Account WHERE Id NOT IN (SELECT AccountId FROM Contact WHERE LastName > 'M') AND Name != null")
            #expect(outside.object["totalSize"] as? Int == 300 - named.count)
        }
    }

    @Test("FIELDS() and toLabel() stand for fields")
    func fieldGroups() async throws {
        try await TestOrg.with { org in
            let all = try #require(try await org.query("SELECT FIELDS(ALL) FROM Account LIMIT 1").records.first)
            let standard = try #require(try await org.query("SELECT FIELDS(STANDARD) FROM Account").records.first)
            let custom = try #require(try await org.query("SELECT Id, FIELDS(CUSTOM) FROM Account LIMIT 200").records.first)
            #expect(Set(all.keys) == Set(standard.keys).union(custom.keys))
            #expect(custom.keys.allSatisfy { $0.hasSuffix("__c") || $0 == "Id" || $0 == "attributes" })
            let label = try #require(try await org.query("SELECT Industry, toLabel(Industry) branch FROM Account LIMIT 1").records.first)
            #expect(label["branch"] as? String == label["Industry"] as? String)
        }
    }

    @Test("date literals mean whole days of the org's calendar")
    func dates() throws {
        // 2026-11-22, a Sunday, a little before midnight.
        let now: Int64 = 1_795_391_999
        func span(_ name: String, _ number: Int? = nil) throws -> String {
            let days = try #require(DateLiteral(name, number: number)).days(at: now)
            func text(_ day: Int) -> String { String(CivilTime.restText(Int64(day) * 86_400).prefix(10)) }
            return text(days.lowerBound) + " " + text(days.upperBound)
        }
        #expect(CivilTime.restText(now) == "2026-11-22T23:59:59.000+0000")
        #expect(try span("TODAY") == "2026-11-22 2026-11-23")
        #expect(try span("yesterday") == "2026-11-21 2026-11-22")
        #expect(try span("LAST_N_DAYS", 3) == "2026-11-19 2026-11-23")
        #expect(try span("NEXT_N_DAYS", 2) == "2026-11-23 2026-11-25")
        #expect(try span("N_DAYS_AGO", 1) == "2026-11-21 2026-11-22")
        #expect(try span("THIS_WEEK") == "2026-11-22 2026-11-29")
        #expect(try span("LAST_WEEK") == "2026-11-15 2026-11-22")
        #expect(try span("THIS_MONTH") == "2026-11-01 2026-12-01")
        #expect(try span("NEXT_N_MONTHS", 2) == "2026-12-01 2027-02-01")
        #expect(try span("LAST_N_MONTHS", 11) == "2025-12-01 2026-11-01")
        #expect(try span("THIS_QUARTER") == "2026-10-01 2027-01-01")
        #expect(try span("LAST_FISCAL_QUARTER") == "2026-07-01 2026-10-01")
        #expect(try span("N_QUARTERS_AGO", 4) == "2025-10-01 2026-01-01")
        #expect(try span("LAST_YEAR") == "2025-01-01 2026-01-01")
        #expect(try span("LAST_90_DAYS") == "2026-08-24 2026-11-23")
        #expect(DateLiteral("LAST_N_DAYS", number: -1) == nil && DateLiteral("SOMEDAY", number: nil) == nil)
    }

    @Test("date literals compare with the ends of their span")
    func dateConditions() async throws {
        let clock = ManualClock()
        var options = TestOrg.small
        options.clock = { clock.now }
        options.sessionSeconds = 1_000_000
        try await TestOrg.with(options) { org in
            _ = try await org.call("POST", "/sobjects/Account", body: #"{"Name":"today"}"#)
            func count(_ condition: String) async throws -> Int? {
                try await org.query("SELECT COUNT() FROM Account WHERE \(condition)").object["totalSize"] as? Int
            }
            #expect(try await count("CreatedDate = TODAY") == 1)
            #expect(try await count("CreatedDate >= TODAY AND SystemModstamp = THIS_YEAR") == 1)
            #expect(try await count("CreatedDate < TODAY") == 300)
            #expect(try await count("CreatedDate != TODAY") == 300)
            #expect(try await count("CreatedDate > TODAY") == 0)
            #expect(try await count("CreatedDate = LAST_N_YEARS:20 OR CreatedDate = THIS_YEAR") == 301)
            clock.advance(86_400)
            #expect(try await count("CreatedDate = YESTERDAY") == 1)
            #expect(try await count("CreatedDate = TODAY") == 0)
            #expect(try await org.query("SELECT Id FROM Account WHERE Name = TODAY").errorCode == "INVALID_FIELD")
        }
    }

    @Test("no statement, however odd, stops the parser or the binder")
    func fuzz() throws {
        let built = try SchemaBuilder(document: SchemaDocument.builtIn(), rows: [:], seed: 1).build()
        var random = SplitMix(state: 77)
        let words = [
            "SELECT", "FROM", "WHERE", "GROUP", "BY", "HAVING", "ORDER", "LIMIT", "OFFSET", "NOT", "IN", "AND", "OR", "LIKE", "Id", "Name",
            "Account", "Contacts", "Owner.Name", "COUNT", "(", ")", ",", "SUM", "FIELDS", "ALL", "TODAY", "LAST_N_DAYS", ":", "5", "-1e400",
            "99999999999999999999", "'x'", "'\\u12", "2024-01-01", "2024-13-99T", "null", "=", "!=", "<>", "<", "\u{0}", "é", ".",
            "a.b.c.d.e.f.g",
            "INCLUDES", "toLabel", "SELECT Id FROM Account", "AnnualRevenue", "(SELECT Id FROM Contacts)", "NULLS", "FIRST", "DESC",
        ]
        for round in 0..<4000 {
            var parts = (0..<Int.random(in: 0...14, using: &random)).map { _ in words.randomElement(using: &random) ?? "" }
            if round % 2 == 0 { parts = ["SELECT", "Id", "FROM", "Account", "WHERE"] + parts }
            let query = parts.joined(separator: round % 7 == 0 ? "" : " ")
            do throws(SOQLError) {
                _ = try QueryPlan.make(query, schema: built.schema, includesDeleted: false, now: 1_790_000_000)
            } catch {
                #expect(!error.code.isEmpty && !error.message.isEmpty)
            }
        }
        for opening in ["(", "NOT ", "Id IN (SELECT Id FROM Account WHERE "] {
            let deep = "SELECT Id FROM Account WHERE " + String(repeating: opening, count: 2000)
            #expect(throws: SOQLError.self) { try QueryPlan.make(deep, schema: built.schema, includesDeleted: false, now: 0) }
        }
    }
}
