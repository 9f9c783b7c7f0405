import Foundation
import Testing

@testable import SandboxData
@testable import SandboxOrg

@Suite("Changes of the schema while the org runs")
struct SchemaChangeTests {
    @discardableResult
    private func change(_ org: TestOrg, _ body: String) async throws -> Answer {
        let answer = try await org.call("POST", "/sandbox/schema", body: body)
        #expect(answer.status == 200, "\(answer.text)")
        return answer
    }

    private func field(_ org: TestOrg, _ object: String, _ name: String) async throws -> [String: Any]? {
        let fields = try await org.get("/sobjects/\(object)/describe").object["fields"] as? [[String: Any]]
        return try #require(fields).first { $0["name"] as? String == name }
    }

    private func create(_ org: TestOrg, _ object: String, _ body: String) async throws -> Answer {
        try await org.call("POST", "/sobjects/\(object)", body: body)
    }

    @Test("an added field is in describe, can be written and queried, and is empty in the records that are there")
    func addField() async throws {
        try await TestOrg.with { org in
            let query = "SELECT Id, Shoe_Size__c, Loyal__c FROM Account WHERE Shoe_Size__c != null"
            let before = try await org.query(query)
            #expect(before.status == 400 && before.errorCode == "INVALID_FIELD")
            let old = try #require(try await create(org, "Account", #"{"Name":"Old"}"#).object["id"] as? String)
            try await change(
                org,
                """
                [{"change":"add_field","object":"Account","field":{"name":"Shoe_Size__c","type":"double","precision":4,"scale":1}},
                 {"change":"add_field","object":"Account","field":{"name":"Loyal__c","type":"boolean","defaultValue":"true"}}]
                """)
            #expect(try await field(org, "Account", "Shoe_Size__c")?["type"] as? String == "double")
            #expect(try await org.query(query).records.isEmpty)
            let id = try #require(try await create(org, "Account", #"{"Name":"New","Shoe_Size__c":42.5}"#).object["id"] as? String)
            #expect(try await org.query(query).records.first?["Shoe_Size__c"] as? Double == 42.5)
            #expect(try await org.get("/sobjects/Account/\(id)").object["Loyal__c"] as? Bool == true)
            #expect(try await org.get("/sobjects/Account/\(old)").object["Loyal__c"] as? Bool == true)
            #expect(try await org.query("SELECT COUNT() FROM Account WHERE Loyal__c = false").object["totalSize"] as? Int == 0)
            let generated =
                #"{"change":"add_field","object":"Account","field":{"name":"Code__c","type":"string","generate":{"kind":"code","nulls":0}}}"#
            try await change(org, generated)
            #expect(try await org.query("SELECT COUNT() FROM Account WHERE Code__c != null").object["totalSize"] as? Int == 300)
        }
    }

    @Test("a removed field is known to no query, write or describe any more, and its name can be used again")
    func removeField() async throws {
        try await TestOrg.with { org in
            let id = try #require(try await create(org, "Account", #"{"Name":"A","Phone":"123"}"#).object["id"] as? String)
            try await change(org, #"{"change":"remove_field","object":"Account","field":"Phone"}"#)
            #expect(try await field(org, "Account", "Phone") == nil)
            let query = try await org.query("SELECT Id, Phone FROM Account")
            #expect(
                query.errorCode == "INVALID_FIELD" && query.errorMessage?.contains("No such column 'Phone' on entity 'Account'") ?? false)
            let write = try await org.call("PATCH", "/sobjects/Account/\(id)", body: #"{"Phone":"1"}"#)
            #expect(write.errorMessage == "No such column 'Phone' on sobject of type Account")
            #expect(try await org.get("/sobjects/Account/\(id)").object["Phone"] == nil)
            #expect(try await org.query("SELECT FIELDS(STANDARD) FROM Account LIMIT 1").records.first?["Phone"] == nil)
            try await change(org, #"{"change":"add_field","object":"Account","field":{"name":"Phone","type":"int"}}"#)
            #expect(try await org.get("/sobjects/Account/\(id)").object["Phone"] is NSNull)
        }
    }

    @Test("a field with another type has converted values, and what cannot be converted is lost")
    func retype() async throws {
        try await TestOrg.with { org in
            let id = try #require(
                try await create(org, "Account", #"{"Name":"A","NumberOfEmployees":77,"Phone":"12"}"#).object["id"] as? String)
            let numbers = try await org.query("SELECT Id, NumberOfEmployees FROM Account ORDER BY Id").records
            try await change(
                org,
                """
                {"changes":[{"change":"change_field","object":"Account","field":"NumberOfEmployees","set":{"type":"string","length":20}},
                {"change":"change_field","object":"Account","field":"Phone","set":{"type":"double","precision":18,"scale":2,"length":null}}]}
                """)
            let record = try await org.get("/sobjects/Account/\(id)").object
            #expect(record["NumberOfEmployees"] as? String == "77" && record["Phone"] as? Double == 12)
            let texts = try await org.query("SELECT Id, NumberOfEmployees FROM Account ORDER BY Id").records
            #expect(numbers.count == 301 && texts.count == 301)
            for (number, text) in zip(numbers, texts) {
                #expect((number["NumberOfEmployees"] as? Int).map(String.init) == text["NumberOfEmployees"] as? String)
            }
            #expect(try await org.query("SELECT COUNT() FROM Account WHERE Phone > 0").object["totalSize"] as? Int == 1)
            let job = try await org.bulk("SELECT NumberOfEmployees FROM Account WHERE Id = '\(id)'")
            #expect(readCSV(try await org.get("/jobs/query/\(job)/results").text) == [["NumberOfEmployees"], ["77"]])
        }
    }

    @Test("a field can be widened, required, renamed and made unique, unless its values are not")
    func attributes() async throws {
        try await TestOrg.with { org in
            let long = String(repeating: "x", count: 60)
            #expect(try await create(org, "Account", "{\"Name\":\"A\",\"BillingCity\":\"\(long)\"}").errorCode == "STRING_TOO_LONG")
            try await change(org, #"{"change":"change_field","object":"Account","field":"BillingCity","set":{"length":60}}"#)
            #expect(try await create(org, "Account", "{\"Name\":\"A\",\"BillingCity\":\"\(long)\"}").status == 201)
            #expect(try await field(org, "Account", "BillingCity")?["length"] as? Int == 60)
            try await change(org, #"{"change":"change_field","object":"Account","field":"Site","set":{"nillable":false}}"#)
            let missing = try await create(org, "Account", #"{"Name":"A"}"#)
            #expect(missing.errorCode == "REQUIRED_FIELD_MISSING" && missing.errorMessage == "Required fields are missing: [Site]")
            try await change(org, #"{"change":"rename_field","object":"Project__c","field":"Account__c","name":"Customer__c"}"#)
            let project = try await org.query("SELECT Customer__c, Customer__r.Name FROM Project__c WHERE Customer__c != null LIMIT 1")
            #expect((project.records.first?["Customer__r"] as? [String: Any])?["Name"] is String)
            #expect(try await org.query("SELECT Account__c FROM Project__c").errorCode == "INVALID_FIELD")
            #expect(try await create(org, "Project__c", #"{"Name":"P","Link__c":"http://a"}"#).status == 201)
            let twice = try await org.call(
                "POST", "/sandbox/schema", body: #"{"change":"change_field","object":"Account","field":"Type","set":{"unique":true}}"#)
            #expect(twice.status == 400 && twice.errorMessage?.contains("more than one record") ?? false)
            try await change(
                org, #"{"change":"add_field","object":"Project__c","field":{"name":"Key__c","type":"string","length":9}}"#)
            #expect(try await create(org, "Project__c", #"{"Name":"P","Key__c":"K"}"#).status == 201)
            try await change(
                org, #"{"change":"change_field","object":"Project__c","field":"Key__c","set":{"unique":true,"externalId":true}}"#)
            #expect(try await create(org, "Project__c", #"{"Name":"P","Key__c":"k"}"#).errorCode == "DUPLICATE_VALUE")
            #expect(try await org.call("PATCH", "/sobjects/Project__c/Key__c/K", body: #"{"Name":"Q"}"#).status == 200)
        }
    }

    @Test("values of a picklist come, go and get other names")
    func picklists() async throws {
        try await TestOrg.with { org in
            func values() async throws -> [String] {
                (try await field(org, "Project__c", "Status__c")?["picklistValues"] as? [[String: Any]] ?? []).compactMap {
                    $0["value"] as? String
                }
            }
            func count(_ value: String) async throws -> Int? {
                try await org.query("SELECT COUNT() FROM Project__c WHERE Status__c = '\(value)'").object["totalSize"] as? Int
            }
            #expect(try await create(org, "Project__c", #"{"Name":"P","Status__c":"Done"}"#).status == 201)
            let done = try await count("Done")
            try await change(
                org,
                """
                [{"change":"add_picklist_value","object":"Project__c","field":"Status__c","value":"Paused"},
                {"change":"remove_picklist_value","object":"Project__c","field":"Status__c","value":"Planned"},
                {"change":"rename_picklist_value","object":"Project__c","field":"Status__c","value":"Done","name":"Finished"}]
                """)
            #expect(try await values() == ["Running", "Finished", "Cancelled", "Paused"])
            #expect(try await create(org, "Project__c", #"{"Name":"P","Status__c":"Paused"}"#).status == 201)
            let refused = try await create(org, "Project__c", #"{"Name":"P","Status__c":"Planned"}"#)
            #expect(refused.errorCode == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")
            #expect(try await count("Finished") == done)
            #expect(try await count("Done") == 0)
        }
    }

    @Test("an object comes with its rows, and goes with the fields that could refer to nothing else")
    func objects() async throws {
        try await TestOrg.with { org in
            try await change(
                org,
                """
                [{"change":"add_object","object":{"name":"Visit__c","label":"Visit","rows":40,"fields":[
                {"name":"Name","type":"string","length":80,"nillable":false,"nameField":true},
                {"name":"Account__c","type":"reference","referenceTo":["Account"],"relationshipName":"Account__r",
                "childRelationshipName":"Visits__r"}]}},
                {"change":"add_field","object":"Contact","field":{"name":"Visit__c","type":"reference","referenceTo":["Visit__c"],
                "relationshipName":"Visit__r"}}]
                """)
            #expect(try await org.query("SELECT COUNT() FROM Visit__c").object["totalSize"] as? Int == 40)
            let id = try #require(try await create(org, "Visit__c", #"{"Name":"V"}"#).object["id"] as? String)
            #expect(try await create(org, "Contact", "{\"LastName\":\"C\",\"Visit__c\":\"\(id)\"}").status == 201)
            #expect(try await org.query("SELECT Visit__r.Name FROM Contact WHERE Visit__c = '\(id)'").records.count == 1)
            let names = try await org.get("/sobjects").object["sobjects"] as? [[String: Any]]
            #expect(names?.contains { $0["name"] as? String == "Visit__c" } ?? false)
            #expect(try await org.query("SELECT Id, (SELECT Id FROM Visits__r) FROM Account LIMIT 1").status == 200)
            try await change(org, #"{"change":"remove_object","object":"Visit__c"}"#)
            #expect(try await org.query("SELECT Id FROM Visit__c").errorCode == "INVALID_TYPE")
            #expect(try await org.get("/sobjects/Visit__c/describe").status == 404)
            #expect(try await org.get("/sobjects/Visit__c/\(id)").status == 404)
            #expect(try await field(org, "Contact", "Visit__c") == nil)
            #expect(try await org.query("SELECT Id, (SELECT Id FROM Visits__r) FROM Account LIMIT 1").status == 400)
            let body = #"{"records":[{"attributes":{"type":"Visit__c"},"Name":"V"}]}"#
            #expect(try await org.call("POST", "/composite/sobjects", body: body).errorCode == "INVALID_TYPE")
        }
    }

    @Test("a conditional describe sees each change, even two within a second")
    func conditional() async throws {
        try await TestOrg.with { org in
            var seen = try #require(try await org.get("/sobjects/Account/describe").headers["last-modified"])
            let global = try #require(try await org.get("/sobjects").headers["last-modified"])
            for number in 0..<3 {
                #expect(try await org.get("/sobjects/Account/describe", headers: ["If-Modified-Since": seen]).status == 304)
                try await change(
                    org, "{\"change\":\"add_field\",\"object\":\"Account\",\"field\":{\"name\":\"F\(number)__c\",\"type\":\"int\"}}")
                let answer = try await org.get("/sobjects/Account/describe", headers: ["If-Modified-Since": seen])
                #expect(answer.status == 200)
                seen = try #require(answer.headers["last-modified"])
            }
            #expect(try await org.get("/sobjects", headers: ["If-Modified-Since": global]).status == 200)
            let lead = try await org.get("/sobjects/Lead/describe", headers: ["If-Modified-Since": global])
            #expect(lead.status == 304)
        }
    }

    @Test("jobs that are under way fail when their fields are gone")
    func jobs() async throws {
        var options = TestOrg.small
        options.bulkDelay = .seconds(600)
        try await TestOrg.with(options) { org in
            let job = try await org.bulk("SELECT Id, Phone FROM Account")
            let other = try await org.bulk("SELECT Id, Name FROM Account")
            let ingest = try await org.call("POST", "/jobs/ingest", body: #"{"object":"Account","operation":"insert"}"#)
            let id = try #require(ingest.object["id"] as? String)
            try await change(org, #"{"change":"remove_field","object":"Account","field":"Phone"}"#)
            _ = try await org.call("POST", "/sandbox/faults", body: #"{"bulk_delay_ms":0}"#)
            _ = try await org.call(
                "PUT", "/jobs/ingest/\(id)/batches", headers: ["Content-Type": "text/csv"], body: "Name,Phone\nA,1\n")
            _ = try await org.call("PATCH", "/jobs/ingest/\(id)", body: #"{"state":"UploadComplete"}"#)
            try await eventually { try await org.get("/jobs/ingest/\(id)").object["state"] as? String == "Failed" }
            let failed = try await org.get("/jobs/ingest/\(id)").object["errorMessage"] as? String
            #expect(failed == "InvalidBatch : Field name not found : Phone")
            let query = try await org.get("/jobs/query/\(job)").object
            #expect(query["state"] as? String == "Failed")
            #expect((query["errorMessage"] as? String)?.contains("INVALID_FIELD") ?? false)
            #expect(try await org.get("/jobs/query/\(other)").object["state"] as? String == "InProgress")
        }
    }

    @Test("change events follow: those of new fields and objects come, with another event schema")
    func events() async throws {
        try await TestOrg.with { org in
            let subscriber = try await CometSubscriber.open(org, ["/data/ChangeEvents": -1])
            #expect(try await create(org, "Account", #"{"Name":"A","Phone":"1"}"#).status == 201)
            try await change(
                org,
                """
                [{"change":"remove_field","object":"Account","field":"Phone"},
                {"change":"add_field","object":"Account","field":{"name":"Mood__c","type":"string"}},
                {"change":"add_object","object":{"name":"Visit__c","fields":[{"name":"Name","type":"string","nameField":true}]}}]
                """)
            #expect(try await create(org, "Account", #"{"Name":"B","Mood__c":"good"}"#).status == 201)
            #expect(try await create(org, "Visit__c", #"{"Name":"V"}"#).status == 201)
            let events = try await subscriber.events(3).map(ReceivedEvent.init)
            #expect(events[0].fields["Phone"] as? String == "1")
            #expect(events[1].fields["Mood__c"] as? String == "good" && events[1].fields["Phone"] == nil)
            #expect(events[0].schema != events[1].schema)
            #expect(events[2].header["entityName"] as? String == "Visit__c")
        }
    }

    @Test(
        "what cannot be is refused with one clear error, and nothing is changed",
        arguments: [
            (#"{"change":"paint"}"#, "change: expected one of add_field"), (#"{"change":"add_field"}"#, "object: expected the name"),
            (#"{"change":"add_field","object":"Nope","field":{}}"#, "no object 'Nope'"),
            (#"{"change":"add_field","object":"Account","field":{"name":"X__c","type":"paint"}}"#, "field: type"),
            (#"{"change":"add_field","object":"Account","field":{"name":"name","type":"int"}}"#, "is there twice"),
            (#"{"change":"remove_field","object":"Account","field":"Id"}"#, "is a system field"),
            (#"{"change":"remove_field","object":"Project__c","field":"Budget__c"}"#, "used by Project__c.Estimated_Cost__c"),
            (#"{"change":"remove_object","object":"User"}"#, "User stays"),
            (#"[{"change":"remove_field","object":"Lead","field":"Fax"},{"change":"remove_object","object":"Nope"}]"#, "no object"),
            ("[]", "expected a change"), ("7", "expected a change"),
        ])
    func refused(_ body: String, _ text: String) async throws {
        try await TestOrg.with { org in
            let before = try await org.call("GET", "/sandbox/schema").text
            let answer = try await org.call("POST", "/sandbox/schema", body: body)
            #expect(answer.status == 400 && answer.errorMessage?.contains(text) ?? false, "\(answer.text)")
            #expect(try await org.call("GET", "/sandbox/schema").text == before)
        }
    }

    @Test("the schema can be read, and an org can be made from what is read")
    func read() async throws {
        try await TestOrg.with { org in
            try await change(org, #"{"change":"add_field","object":"Account","field":{"name":"Mood__c","type":"string"}}"#)
            try await change(org, #"{"change":"remove_field","object":"Account","field":"Phone"}"#)
            let text = try await org.call("GET", "/sandbox/schema").text
            let document = try SchemaDocument.decode(Data(text.utf8), source: "read")
            let schema = try SchemaBuilder(document: document, rows: [:], seed: 1).build().schema
            #expect(schema.object("Account")?.field("Mood__c") != nil && schema.object("Account")?.field("Phone") == nil)
            let one = try await org.call("GET", "/sandbox/schema?object=lead").object["objects"] as? [[String: Any]]
            #expect(one?.compactMap { $0["name"] as? String } == ["Lead"])
        }
    }
}
