import Foundation
import Testing

@testable import SandboxData
@testable import SandboxOrg

@Suite("Rules: roll-ups and formulas")
struct RollUpTests {
    private func plan(_ org: TestOrg, _ id: String) async throws -> [String: Any] { try await org.get("/sobjects/Plan__c/\(id)").object }

    private func sums(_ row: [String: Any]) -> [Double?] {
        [row["Step_Count__c"], row["Open_Cost__c"]].map { ($0 as? NSNumber)?.doubleValue }
    }

    @Test("roll-ups follow every write below, with a new stamp, no new modification, and an event")
    func follow() async throws {
        try await ProjectOrg.with { org in
            let id = try await org.create("Plan__c", #"{"Name":"P"}"#)
            let fresh = try await plan(org, id)
            #expect(sums(fresh) == [0, 0])
            #expect(fresh["First_Due__c"] is NSNull && fresh["State__c"] as? String == "empty")
            try await org.advance(60)
            let subscriber = try await CometSubscriber.open(org, ["/data/Plan__ChangeEvent": -1])
            let step = try await org.create("Step__c", "{\"Name\":\"S\",\"Plan__c\":\"\(id)\",\"Cost__c\":80.5,\"Due__c\":\"2026-05-01\"}")
            let one = try await plan(org, id)
            #expect(sums(one) == [1, 80.5])
            #expect(one["State__c"] as? String == "fine")
            #expect(one["LastModifiedDate"] as? String == fresh["LastModifiedDate"] as? String)
            #expect(one["SystemModstamp"] as? String != fresh["SystemModstamp"] as? String)
            let event = try #require(try await subscriber.events(1).map(ReceivedEvent.init).first)
            #expect(Set(event.changed) == ["Step_Count__c", "Open_Cost__c", "First_Due__c", "Last_Due__c"])
            #expect(event.fields["Open_Cost__c"] as? Double == 80.5)
            let body =
                "{\"records\":[{\"attributes\":{\"type\":\"Step__c\"},\"Name\":\"T\",\"Plan__c\":\"\(id)\",\"Cost__c\":100,\"Due__c\":\"2026-01-01\"},"
                + "{\"attributes\":{\"type\":\"Step__c\"},\"Name\":\"U\",\"Plan__c\":\"\(id)\",\"Done__c\":true,\"Cost__c\":7}]}"
            _ = try await org.call("POST", "/composite/sobjects", body: body)
            let three = try await plan(org, id)
            #expect(sums(three) == [3, 180.5])
            #expect(three["First_Due__c"] as? String == "2026-01-01" && three["Last_Due__c"] as? String == "2026-05-01")
            #expect(three["State__c"] as? String == "costly")
            _ = try await org.call("PATCH", "/sobjects/Step__c/\(step)", body: #"{"Done__c":true}"#)
            #expect(sums(try await plan(org, id)) == [3, 100])
            _ = try await org.call("DELETE", "/sobjects/Step__c/\(step)")
            #expect(sums(try await plan(org, id)) == [2, 100])
            _ = try await org.call("POST", "/sandbox/undelete", body: "{\"ids\":[\"\(step)\"]}")
            #expect(sums(try await plan(org, id)) == [3, 100])
        }
    }

    @Test("a detail that changes its master counts for the new one alone")
    func reparent() async throws {
        try await ProjectOrg.with { org in
            let (first, second) = (try await org.create("Plan__c", #"{"Name":"P"}"#), try await org.create("Plan__c", #"{"Name":"Q"}"#))
            let step = try await org.create("Step__c", "{\"Name\":\"S\",\"Plan__c\":\"\(first)\",\"Cost__c\":5}")
            _ = try await org.call("PATCH", "/sobjects/Step__c/\(step)", body: "{\"Plan__c\":\"\(second)\"}")
            #expect(sums(try await plan(org, first)) == [0, 0])
            #expect(sums(try await plan(org, second)) == [1, 5])
        }
    }

    @Test("what is rolled back leaves no trace in the sums, and a change that concerns no sum leaves the stamp")
    func rolledBack() async throws {
        try await ProjectOrg.with { org in
            let id = try await org.create("Plan__c", #"{"Name":"P"}"#)
            let step = try await org.create("Step__c", "{\"Name\":\"S\",\"Plan__c\":\"\(id)\",\"Cost__c\":5}")
            let before = try await plan(org, id)
            try await org.advance(60)
            let records =
                "{\"attributes\":{\"type\":\"Step__c\",\"referenceId\":\"a\"},\"Name\":\"T\",\"Plan__c\":\"\(id)\",\"Cost__c\":9},"
                + "{\"attributes\":{\"type\":\"Step__c\",\"referenceId\":\"b\"},\"Plan__c\":\"\(id)\"}"
            _ = try await org.call("POST", "/composite/sobjects", body: "{\"allOrNone\":true,\"records\":[\(records)]}")
            #expect(sums(try await plan(org, id)) == [1, 5])
            #expect(try await org.call("POST", "/composite/tree/Step__c", body: "{\"records\":[\(records)]}").status == 400)
            #expect(sums(try await plan(org, id)) == [1, 5])
            let url = "/services/data/v60.0/sobjects"
            let composite = try await org.call(
                "POST", "/composite",
                body: "{\"allOrNone\":true,\"compositeRequest\":["
                    + "{\"method\":\"DELETE\",\"url\":\"\(url)/Step__c/\(step)\",\"referenceId\":\"a\"},"
                    + "{\"method\":\"POST\",\"url\":\"\(url)/Step__c\",\"referenceId\":\"b\",\"body\":{\"Name\":\"x\"}}]}")
            #expect(composite.text.contains("PROCESSING_HALTED"))
            #expect(sums(try await plan(org, id)) == [1, 5])
            _ = try await org.call("PATCH", "/sobjects/Step__c/\(step)", body: #"{"Name":"renamed"}"#)
            #expect(try await plan(org, id)["SystemModstamp"] as? String == before["SystemModstamp"] as? String)
        }
    }

    @Test("sums over generated rows are right from the start, and stay so when one of them changes")
    func generated() async throws {
        let plan = ProjectOrg.plan.replacingOccurrences(of: "\"rows\":0", with: "\"rows\":7")
        let step = ProjectOrg.step.replacingOccurrences(of: "\"rows\":0", with: "\"rows\":50")
        try await RuleOrg.with([plan, step]) { org in
            func compare() async throws {
                let plans = try await org.query("SELECT Id, Step_Count__c, Open_Cost__c, Last_Due__c FROM Plan__c").records
                #expect(plans.count == 7)
                for row in plans {
                    let id = try #require(row["Id"] as? String)
                    let steps = try await org.query("SELECT Cost__c, Due__c, Done__c FROM Step__c WHERE Plan__c = '\(id)'").records
                    #expect((row["Step_Count__c"] as? NSNumber)?.intValue == steps.count)
                    let costs = steps.filter { $0["Done__c"] as? Bool == false }.compactMap { ($0["Cost__c"] as? NSNumber)?.doubleValue }
                    let sum = try #require((row["Open_Cost__c"] as? NSNumber)?.doubleValue)
                    #expect(abs(sum - costs.reduce(0, +)) < 0.001)
                    #expect(row["Last_Due__c"] as? String == steps.compactMap { $0["Due__c"] as? String }.max())
                }
            }
            try await compare()
            let step = try #require(try await org.query("SELECT Id FROM Step__c WHERE Cost__c > 0 LIMIT 1").records.first?["Id"] as? String)
            _ = try await org.call("PATCH", "/sobjects/Step__c/\(step)", body: #"{"Cost__c":1234567}"#)
            try await compare()
            _ = try await org.call(
                "POST", "/sandbox/mutate", body: #"{"object":"Step__c","delete":{"count":9},"update":{"count":9,"fields":{"Cost__c":3}}}"#)
            try await compare()
        }
    }

    private static let offer = """
        {"name":"Offer__c","keyPrefix":"a0X","rows":0,"fields":[
          {"name":"Name","type":"string","length":80,"nillable":false,"nameField":true},
          {"name":"Total__c","type":"currency","precision":18,"scale":2,"sumOfDetails":{"object":"Line__c","reference":"Offer__c","function":"sum","field":"Price__c"}}
        ]}
        """

    private static let line = """
        {"name":"Line__c","keyPrefix":"a0Y","rows":0,"fields":[
          {"name":"Name","type":"string","length":80,"nameField":true},
          {"name":"Offer__c","type":"reference","referenceTo":["Offer__c"],"relationshipName":"Offer__r","masterDetail":true},
          {"name":"Price__c","type":"currency","precision":18,"scale":2,"follows":"Count__c * Unit__c"},
          {"name":"Unit__c","type":"currency","precision":18,"scale":2,"follows":"IF(Count__c = 0, NULL, Price__c / Count__c)"},
          {"name":"Count__c","type":"double","precision":10,"scale":2}
        ]}
        """

    @Test("an amount belongs to clients until there are lines below, which then decide it, while other fields can be written")
    func amount() async throws {
        try await RuleOrg.with([Self.offer, Self.line]) { org in
            func total(_ id: String) async throws -> Double? {
                (try await org.field("Total__c", of: "Offer__c", id) as? NSNumber)?.doubleValue
            }
            let id = try await org.create("Offer__c", #"{"Name":"O","Total__c":50}"#)
            #expect(try await total(id) == 50)
            let line = try await org.create("Line__c", "{\"Offer__c\":\"\(id)\",\"Price__c\":10}")
            _ = try await org.create("Line__c", "{\"Offer__c\":\"\(id)\",\"Price__c\":2.5}")
            #expect(try await total(id) == 12.5)
            #expect(try await org.call("PATCH", "/sobjects/Offer__c/\(id)", body: #"{"Name":"Q","Total__c":99}"#).status == 204)
            #expect(try await total(id) == 12.5)
            #expect(try await org.field("Name", of: "Offer__c", id) as? String == "Q")
            _ = try await org.call("DELETE", "/sobjects/Line__c/\(line)")
            #expect(try await total(id) == 2.5)
        }
    }

    @Test("a field that follows others is worked out when a write names them and not the field")
    func follows() async throws {
        try await RuleOrg.with([Self.offer, Self.line]) { org in
            let offer = try await org.create("Offer__c", #"{"Name":"O"}"#)
            let id = try await org.create("Line__c", "{\"Offer__c\":\"\(offer)\",\"Count__c\":4,\"Unit__c\":2.5}")
            func prices() async throws -> [Double?] {
                let row = try await org.get("/sobjects/Line__c/\(id)").object
                return ["Price__c", "Unit__c"].map { (row[$0] as? NSNumber)?.doubleValue }
            }
            #expect(try await prices() == [10, 2.5])
            _ = try await org.call("PATCH", "/sobjects/Line__c/\(id)", body: #"{"Count__c":8}"#)
            #expect(try await prices() == [20, 2.5])
            _ = try await org.call("PATCH", "/sobjects/Line__c/\(id)", body: #"{"Price__c":4}"#)
            #expect(try await prices() == [4, 0.5])
            #expect((try await org.field("Total__c", of: "Offer__c", offer) as? NSNumber)?.doubleValue == 4)
        }
    }

    @Test("formulas of every type are read, filtered and sorted, also over other records, without new stamps")
    func formulas() async throws {
        try await ProjectOrg.with { org in
            let id = try await org.create("Plan__c", #"{"Name":"alpha"}"#)
            let step = try await org.create("Step__c", "{\"Name\":\"S\",\"Plan__c\":\"\(id)\",\"Due__c\":\"2020-01-31\"}")
            let row = try await org.get("/sobjects/Step__c/\(step)").object
            #expect(row["Plan_Name__c"] as? String == "ALPHA: S")
            #expect((row["Days_Left__c"] as? NSNumber)?.doubleValue ?? 0 < -2000)
            #expect(row["Is_Late__c"] as? Bool == true)
            #expect(row["Review__c"] as? String == "2020-02-14")
            try await org.advance(60)
            _ = try await org.call("PATCH", "/sobjects/Plan__c/\(id)", body: #"{"Name":"beta"}"#)
            let query =
                "SELECT Plan_Name__c, SystemModstamp FROM Step__c WHERE Plan_Name__c LIKE 'beta%' AND Is_Late__c = true ORDER BY Plan_Name__c"
            let found = try await org.query(query).records
            #expect(found.map { $0["Plan_Name__c"] as? String } == ["BETA: S"])
            #expect(found.first?["SystemModstamp"] as? String == row["SystemModstamp"] as? String)
            let job = try await org.bulk("SELECT Id, Plan_Name__c, Plan__r.State__c FROM Step__c")
            try await eventually { try await org.get("/jobs/query/\(job)").object["state"] as? String == "JobComplete" }
            #expect(readCSV(try await org.get("/jobs/query/\(job)/results").text).last == [step, "BETA: S", "fine"])
            let write = try await org.call("PATCH", "/sobjects/Step__c/\(step)", body: #"{"Plan_Name__c":"x"}"#)
            #expect(write.errorCode == "INVALID_FIELD_FOR_INSERT_UPDATE")
            let fields = try await org.get("/sobjects/Step__c/describe").object["fields"] as? [[String: Any]] ?? []
            let formula = try #require(fields.first { $0["name"] as? String == "Plan_Name__c" })
            #expect(formula["calculated"] as? Bool == true)
            #expect(formula["calculatedFormula"] as? String == "UPPER(Plan__r.Name) & ': ' & Name")
        }
    }

    @Test(
        "a roll-up or a formula that cannot work is refused with its place",
        arguments: [
            (
                #"{"name":"X__c","type":"double","rollUp":{"object":"B__c","reference":"A__c","function":"count"}}"#,
                "A__c.X__c.rollUp.object: no object 'B__c' in the schema"
            ),
            (
                #"{"name":"X__c","type":"double","rollUp":{"object":"A__c","reference":"No__c","function":"count"}}"#,
                "A__c.X__c.rollUp.reference: no reference 'No__c' of A__c to A__c"
            ),
            (
                #"{"name":"P__c","type":"reference","referenceTo":["A__c"]},{"name":"X__c","type":"double","rollUp":{"object":"A__c","reference":"P__c","function":"sum"}}"#,
                "A__c.X__c.rollUp.field: expected a number field of A__c, or of min and max also a date"
            ),
            (
                #"{"name":"X__c","type":"double","formula":{"expression":"'a'"}}"#,
                "A__c.X__c.formula.expression: Formula result is data type (Text), incompatible with expected data type (Number)."
            ),
            (
                #"{"name":"X__c","type":"double","formula":{"expression":"Y__c"}},{"name":"Y__c","type":"double","formula":{"expression":"X__c + 1"}}"#,
                "A__c.X__c.formula.expression: refers to itself, over other formulas or directly"
            ),
        ])
    func mistakes(fields: String, message: String) throws {
        let text =
            #"{"objects":[{"name":"User","keyPrefix":"005","fields":[]},{"name":"A__c","keyPrefix":"a01","fields":["# + fields + "]}]}"
        let error = #expect(throws: SchemaError.self) {
            try SchemaBuilder(document: try SchemaDocument.decode(Data(text.utf8), source: "test"), rows: [:], seed: 1).build()
        }
        #expect(error?.description == message)
    }
}
