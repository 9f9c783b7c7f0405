import Foundation
import Testing

@testable import SandboxData
@testable import SandboxOrg
@testable import SandboxQuery

@Suite("SOQL: functions, scopes, subtotals, child pages, plans")
struct SOQLFunctionTests {
    @Test("date functions name the parts of a date")
    func dateFunctions() {
        // 2024-02-29T13:05:00Z, a Thursday.
        let time: Int64 = 1_709_211_900
        let expected: [DateFunction: Int64] = [
            .calendarMonth: 2, .calendarQuarter: 1, .calendarYear: 2024, .dayInMonth: 29, .dayInWeek: 5, .dayInYear: 60, .fiscalMonth: 2,
            .fiscalQuarter: 1, .fiscalYear: 2024, .hourInDay: 13, .weekInMonth: 5, .weekInYear: 9,
        ]
        for (function, number) in expected { #expect(function.apply(.datetime(time)) == .int(number), "\(function)") }
        #expect(DateFunction.dayOnly.apply(.datetime(time)) == .date(Int(time / 86_400)))
        #expect(DateFunction.calendarYear.apply(.datetime(-1)) == .int(1969) && DateFunction.dayInWeek.apply(.date(3)) == .int(1))
        #expect(DateFunction.calendarYear.apply(.null) == .null)
    }

    @Test("groups by parts of dates hold what asking every row finds")
    func groupsByDate() async throws {
        try await TestOrg.with { org in
            let dates = try await org.query("SELECT CreatedDate FROM Account").records.compactMap { $0["CreatedDate"] as? String }
            let years = Dictionary(grouping: dates) { Int($0.prefix(4)) ?? 0 }
            let answer = try await org.query(
                "SELECT CALENDAR_YEAR(CreatedDate), CALENDAR_MONTH(convertTimezone(CreatedDate)) month, COUNT(Id) FROM Account "
                    + "WHERE CALENDAR_YEAR(CreatedDate) >= 2023 GROUP BY CALENDAR_YEAR(CreatedDate), CALENDAR_MONTH(convertTimezone(CreatedDate)) "
                    + "HAVING COUNT(Id) > 0 ORDER BY CALENDAR_YEAR(CreatedDate) DESC, CALENDAR_MONTH(convertTimezone(CreatedDate))")
            #expect(answer.status == 200, "\(answer.text)")
            let first = try #require(answer.records.first)
            #expect(Set(first.keys) == ["attributes", "expr0", "month", "expr1"])
            #expect(first["expr0"] as? Int == years.keys.max())
            let total = answer.records.compactMap { $0["expr1"] as? Int }.reduce(0, +)
            #expect(total == years.filter { $0.key >= 2023 }.values.map(\.count).reduce(0, +))
            let day = String(dates[0].prefix(10))
            let thatDay =
                try await org.query("SELECT COUNT() FROM Account WHERE DAY_ONLY(CreatedDate) = \(day)").object["totalSize"] as? Int
            #expect(thatDay == dates.count { $0.hasPrefix(day) })
        }
    }

    @Test("ROLLUP and CUBE add subtotals, told apart by GROUPING")
    func subtotals() async throws {
        try await TestOrg.with { org in
            let plain = try await org.query("SELECT Rating, Industry, COUNT(Id) n FROM Account GROUP BY Rating, Industry").records
            func sum(_ rows: [[String: Any]]) -> Int { rows.compactMap { $0["n"] as? Int }.reduce(0, +) }
            let rolled = try await org.query(
                "SELECT Rating, Industry, COUNT(Id) n, GROUPING(Rating) r, GROUPING(Industry) i FROM Account GROUP BY ROLLUP(Rating, Industry)"
            ).records
            let ratings = Set(plain.map { $0["Rating"] as? String })
            #expect(rolled.count == plain.count + ratings.count + 1)
            let last = try #require(rolled.last)
            #expect(last["r"] as? Int == 1 && last["i"] as? Int == 1 && last["Rating"] is NSNull && last["n"] as? Int == 300)
            for rating in ratings {
                let subtotal = rolled.filter { $0["r"] as? Int == 0 && $0["i"] as? Int == 1 && $0["Rating"] as? String == rating }
                #expect(subtotal.count == 1)
                #expect(sum(subtotal) == sum(plain.filter { $0["Rating"] as? String == rating }))
            }
            let cubed = try await org.query(
                "SELECT Rating, Industry, COUNT(Id) n, MAX(Name) top FROM Account GROUP BY CUBE(Rating, Industry) HAVING GROUPING(Rating) = 1 "
                    + "AND GROUPING(Industry) = 0 ORDER BY GROUPING(Rating), Industry"
            ).records
            #expect(cubed.count == Set(plain.map { $0["Industry"] as? String }).count && sum(cubed) == 300)
            let names = try await org.query("SELECT Industry, MAX(Name) top FROM Account GROUP BY Industry ORDER BY Industry").records
            #expect(cubed.map { $0["top"] as? String } == names.map { $0["top"] as? String })
        }
    }

    @Test("FORMAT shows values as people read them")
    func format() async throws {
        #expect(LocaleText.text(.double(1_234_567.5), .currency) == .text("$1,234,567.50"))
        #expect(LocaleText.text(.double(-0.125), .percent) == .text("-0.125%"))
        #expect(LocaleText.text(.int(-1000), .int) == .text("-1,000"))
        #expect(LocaleText.text(.datetime(1_709_211_900), .datetime) == .text("2/29/2024, 1:05 PM"))
        #expect(LocaleText.text(.null, .double) == .null)
        try await TestOrg.with { org in
            let row = try #require(
                try await org.query(
                    "SELECT Id, FORMAT(NumberOfEmployees) shown, NumberOfEmployees, toLabel(Industry) label, convertCurrency(AnnualRevenue) FROM "
                        + "Account WHERE NumberOfEmployees > 999 LIMIT 1"
                ).records.first)
            #expect((row["shown"] as? String)?.contains(",") ?? false)
            #expect((row["shown"] as? String)?.replacingOccurrences(of: ",", with: "") == "\(row["NumberOfEmployees"] as? Int ?? 0)")
            let most = try #require(try await org.query("SELECT FORMAT(MAX(NumberOfEmployees)) most FROM Account").records.first)
            #expect(most["most"] is String)
        }
    }

    @Test("DISTANCE measures along the earth")
    func distance() async throws {
        let function = DistanceFunction(latitude: 52.52, longitude: 13.405, isInMiles: false)
        let kilometres = function.apply(latitude: .double(48.8566), longitude: .double(2.3522)).number ?? 0
        #expect(abs(kilometres - 878) < 5)
        #expect(function.apply(latitude: .null, longitude: .double(0)) == .null)
        try await TestOrg.with { org in
            let near = try await org.query(
                "SELECT BillingLatitude, BillingLongitude FROM Account WHERE DISTANCE(BillingAddress, GEOLOCATION(10, 20.5), 'mi') < 3000 "
                    + "ORDER BY DISTANCE(BillingAddress, GEOLOCATION(10, 20.5), 'mi')"
            ).records
            #expect(!near.isEmpty && near.count < 300)
            let miles = near.map { row in
                DistanceFunction(latitude: 10, longitude: 20.5, isInMiles: true).apply(
                    latitude: .double(row["BillingLatitude"] as? Double ?? 0), longitude: .double(row["BillingLongitude"] as? Double ?? 0)
                ).number ?? 1e9
            }
            #expect(miles == miles.sorted() && (miles.last ?? 0) < 3000)
        }
    }

    @Test("a scope, security words and endings are understood")
    func words() async throws {
        try await TestOrg.with { org in
            let me = try await org.query("SELECT Id FROM User ORDER BY Id LIMIT 1").records[0]["Id"] as? String ?? ""
            let mine = try await org.query("SELECT Id FROM Account WHERE OwnerId = '\(me)'").records.count
            #expect(mine > 0)
            for (query, count) in [
                ("SELECT Id FROM Account USING SCOPE mine", mine), ("SELECT Id FROM Account USING SCOPE everything LIMIT 7", 7),
                ("SELECT Id FROM Account WITH SECURITY_ENFORCED LIMIT 3", 3), ("SELECT Id FROM Account WITH USER_MODE LIMIT 3", 3),
                ("SELECT Id FROM Account WHERE Id != null WITH SYSTEM_MODE ORDER BY Name LIMIT 3", 3),
                ("SELECT Id FROM Account LIMIT 2 FOR VIEW FOR REFERENCE", 2), ("SELECT Id FROM Account LIMIT 2 FOR UPDATE", 2),
                ("SELECT Id FROM Account LIMIT 2 UPDATE TRACKING, VIEWSTAT", 2),
                ("SELECT c.Id, a.Name FROM Contact c, c.Account a WHERE a.Name != null LIMIT 4", 4),
            ] {
                let answer = try await org.query(query)
                #expect(answer.records.count == count, "\(query): \(answer.text)")
            }
            let all = try await org.query("SELECT Id FROM Account ALL ROWS")
            #expect(all.errorCode == "MALFORMED_QUERY" && all.errorMessage?.contains("ALL ROWS not allowed in this context") ?? false)
            #expect(try await org.query("SELECT Id FROM Account USING SCOPE nowhere").errorCode == "MALFORMED_QUERY")
        }
    }

    @Test("long lists of children have a locator of their own")
    func childPages() async throws {
        try await TestOrg.with { org in
            let parent = try #require(try await org.query("SELECT Id FROM Account LIMIT 1").records[0]["Id"] as? String)
            for start in [0, 200, 400] {
                let records = (0..<150).map {
                    #"{"attributes":{"type":"Contact"},"LastName":"L\#(start + $0)","AccountId":"\#(parent)"}"#
                }
                let answer = try await org.call(
                    "POST", "/composite/sobjects", body: "{\"records\":[\(records.joined(separator: ","))]}")
                #expect(answer.list.allSatisfy { $0["success"] as? Bool == true })
            }
            let query =
                "SELECT Id, (SELECT LastName FROM Contacts WHERE LastName LIKE 'L%' ORDER BY CreatedDate) FROM Account WHERE Id = '\(parent)'"
            let row = try await org.query(query, headers: ["Sforce-Query-Options": "batchSize=200"]).records[0]
            var page = try #require(row["Contacts"] as? [String: Any])
            let total = try #require(page["totalSize"] as? Int)
            #expect(total >= 450 && page["done"] as? Bool == false)
            var seen: [String] = []
            while true {
                let records = page["records"] as? [[String: Any]] ?? []
                seen += records.compactMap { $0["LastName"] as? String }
                guard let next = page["nextRecordsUrl"] as? String else { break }
                #expect(records.count == 200)
                page = try await org.get(next).object
            }
            #expect(page["done"] as? Bool == true)
            #expect(seen.count == total && Set(seen).count >= 450)
        }
    }

    @Test("a plan tells whether an index leads")
    func explain() async throws {
        try await TestOrg.with { org in
            let query = "SELECT Id FROM Account WHERE External_Id__c = 'A-000018'"
            let escaped = try #require(query.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
            let answer = try await org.get("/query?explain=\(escaped)")
            let plans = try #require(answer.object["plans"] as? [[String: Any]])
            #expect(answer.object["sourceQuery"] as? String == query)
            #expect(plans.map { $0["leadingOperationType"] as? String } == ["Index", "TableScan"])
            #expect(
                Set(plans[0].keys) == [
                    "cardinality", "fields", "leadingOperationType", "notes", "relativeCost", "sobjectCardinality", "sobjectType",
                ])
            #expect(plans[0]["fields"] as? [String] == ["External_Id__c"] && plans[0]["cardinality"] as? Int == 1)
            #expect(try await org.get("/query?explain=SELECT").errorCode == "MALFORMED_QUERY")
        }
    }

    @Test(
        "limits of a query are told in Salesforce's words",
        arguments: [
            (
                "SELECT Id FROM Account WHERE \(String(repeating: "(", count: 200))Name = 'a'\(String(repeating: ")", count: 200))",
                "QUERY_TOO_COMPLICATED", "Query is either selecting too many fields or the filter conditions are too complicated."
            ),
            ("SELECT Id FROM Account OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000"),
            ("SELECT Account.Parent.Parent.Parent.Parent.Parent.Name FROM Contact", "MALFORMED_QUERY", "5 levels"),
            ("SELECT Id FROM Account WHERE Name = '\(String(repeating: "x", count: 4001))'", "MALFORMED_QUERY", "4000 characters"),
            ("SELECT HOUR_IN_DAY(Customer_Since__c) FROM Account GROUP BY HOUR_IN_DAY(Customer_Since__c)", "INVALID_FIELD", "HOUR_IN_DAY"),
            ("SELECT NOW(CreatedDate) FROM Account", "MALFORMED_QUERY", "no function of SOQL"),
            ("SELECT CreatedDate FROM Account GROUP BY CreatedDate", "MALFORMED_QUERY", "can not be grouped"),
            (
                "SELECT Id FROM Account WHERE IsDeleted = 'true'", "INVALID_FIELD",
                "must be of type boolean and should not be enclosed in quotes"
            ),
            (
                "SELECT Id FROM Account WHERE CreatedDate > 5", "INVALID_FIELD",
                "must be of type dateTime and should not be enclosed in quotes"
            ),
        ])
    func limits(query: String, code: String, text: String) async throws {
        try await TestOrg.with { org in
            let answer = try await org.query(query)
            #expect(answer.status == 400 && answer.errorCode == code, "\(answer.text)")
            #expect(answer.errorMessage?.contains(text) ?? false, "\(answer.text)")
        }
    }

    @Test("a query of more than 100,000 characters is refused")
    func length() {
        let error = #expect(throws: SOQLError.self) {
            try SOQLParser.parse("SELECT Id FROM Account" + String(repeating: " ", count: 100_000))
        }
        #expect(error?.message == "SOQL statements cannot be longer than 100000 characters.")
    }
}
