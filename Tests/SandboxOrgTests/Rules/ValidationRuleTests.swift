import Foundation
import Testing

@testable import SandboxData
@testable import SandboxOrg

@Suite("Rules: validation rules and triggers")
struct ValidationRuleTests {
    private static let object = RuleOrg.invoice.replacingOccurrences(
        of: "\"rows\":0",
        with: #"""
            "rows":0,"validationRules":[
              {"name":"Late","field":"Due__c","condition":"AND(ISNEW(), Due__c < TODAY())","message":"The due date has passed"},
              {"name":"Paid","condition":"ISCHANGED(Amount__c) && PRIORVALUE(Paid__c)","message":"A paid invoice keeps its amount"},
              {"name":"Short","field":"Name","condition":"LEN(Name) < 2 && NOT(ISBLANK(Name))","message":"The name is too short"},
              {"name":"Owner","condition":"Account__r.Name = 'Nobody Ltd'","message":"Nobody pays nothing"}
            ],"triggers":[
              {"name":"InvoiceGuard","events":["insert","update"],"condition":"Amount__c < 0","message":"negative"},
              {"name":"InvoiceKeeper","events":["delete"],"condition":"Paid__c","message":"paid"}
            ]
            """#)

    @Test("a rule whose condition is true refuses the record, with its message and field; several do so together")
    func refused() async throws {
        try await RuleOrg.with([Self.object]) { org in
            let answer = try await org.call("POST", "/sobjects/Invoice__c", body: #"{"Name":"x","Due__c":"2020-01-01"}"#)
            #expect(answer.status == 400)
            #expect(
                answer.text
                    == #"[{"message":"The due date has passed","errorCode":"FIELD_CUSTOM_VALIDATION_EXCEPTION","fields":["Due__c"]},"#
                    + #"{"message":"The name is too short","errorCode":"FIELD_CUSTOM_VALIDATION_EXCEPTION","fields":["Name"]}]"#)
            let account = try await org.create("Account", #"{"Name":"Nobody Ltd"}"#)
            let cross = try await org.call("POST", "/sobjects/Invoice__c", body: "{\"Name\":\"xy\",\"Account__c\":\"\(account)\"}")
            #expect(cross.errorMessage == "Nobody pays nothing")
            #expect(cross.list.first?["fields"] as? [String] == [])
        }
    }

    @Test("a rule sees what the record had before")
    func prior() async throws {
        try await RuleOrg.with([Self.object]) { org in
            let id = try await org.create("Invoice__c", #"{"Name":"xy","Amount__c":5,"Paid__c":true}"#)
            let path = "/sobjects/Invoice__c/\(id)"
            #expect(try await org.call("PATCH", path, body: #"{"Amount__c":5,"Due__c":"2020-01-01"}"#).status == 204)
            #expect(try await org.call("PATCH", path, body: #"{"Amount__c":6}"#).errorMessage == "A paid invoice keeps its amount")
            #expect(try await org.call("PATCH", path, body: #"{"Paid__c":false}"#).status == 204)
            #expect(try await org.call("PATCH", path, body: #"{"Amount__c":6}"#).status == 204)
        }
    }

    @Test("an exception in a trigger is told as Salesforce tells it, on writes and deletes")
    func triggers() async throws {
        try await RuleOrg.with([Self.object]) { org in
            let insert = try await org.call("POST", "/sobjects/Invoice__c", body: #"{"Name":"xy","Amount__c":-1}"#)
            #expect(insert.status == 400)
            #expect(insert.errorCode == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY")
            #expect(
                insert.errorMessage
                    == "InvoiceGuard: execution of BeforeInsert\n\ncaused by: System.DmlException: negative\n\nTrigger.InvoiceGuard: line 1, column 1"
            )
            let id = try await org.create("Invoice__c", #"{"Name":"xy","Paid__c":true}"#)
            let delete = try await org.call("DELETE", "/sobjects/Invoice__c/\(id)")
            #expect(delete.errorMessage?.hasPrefix("InvoiceKeeper: execution of BeforeDelete\n") ?? false)
            #expect(try await org.get("/sobjects/Invoice__c/\(id)").status == 200)
        }
    }

    @Test("rules hold on every way to write")
    func everyWay() async throws {
        try await RuleOrg.with([Self.object]) { org in
            let bad = #"{"attributes":{"type":"Invoice__c","referenceId":"r1"},"Name":"x"}"#
            let collection = try await org.call("POST", "/composite/sobjects", body: "{\"records\":[\(bad)]}")
            #expect((collection.list.first?["errors"] as? [[String: Any]])?.first?["message"] as? String == "The name is too short")
            let tree = try await org.call("POST", "/composite/tree/Invoice__c", body: "{\"records\":[\(bad)]}")
            #expect(tree.status == 400 && tree.text.contains("The name is too short"))
            let upsert = try await org.call("PATCH", "/sobjects/Invoice__c/Code__c/1", body: #"{"Name":"x"}"#)
            #expect(upsert.errorMessage == "The name is too short")
            let composite = try await org.call(
                "POST", "/composite",
                body:
                    #"{"compositeRequest":[{"method":"POST","url":"/services/data/v60.0/sobjects/Invoice__c","referenceId":"a","body":{"Name":"x"}}]}"#
            )
            #expect(composite.text.contains("The name is too short"))
            let mutate = try await org.call(
                "POST", "/sandbox/mutate", body: #"{"object":"Invoice__c","insert":{"count":1,"fields":{"Name":"x"}}}"#)
            #expect(mutate.errorMessage == "insert: FIELD_CUSTOM_VALIDATION_EXCEPTION: The name is too short")
            let job = try await org.call(
                "POST", "/jobs/ingest", body: #"{"object":"Invoice__c","operation":"insert","lineEnding":"LF"}"#)
            let id = try #require(job.object["id"] as? String)
            _ = try await org.call(
                "PUT", "/jobs/ingest/\(id)/batches", headers: ["Content-Type": "text/csv"], body: "Name\nx\nlong enough\n")
            _ = try await org.call("PATCH", "/jobs/ingest/\(id)", body: #"{"state":"UploadComplete"}"#)
            try await eventually {
                try await org.get("/jobs/ingest/\(id)").object["state"] as? String == "JobComplete"
            }
            let failed = readCSV(try await org.get("/jobs/ingest/\(id)/failedResults").text)
            #expect(failed.count == 2)
            #expect(failed.last?[1] == "FIELD_CUSTOM_VALIDATION_EXCEPTION:The name is too short:Name --")
        }
    }

    @Test(
        "a rule that cannot work is refused with its place and Salesforce's reason",
        arguments: [
            (
                #""validationRules":[{"condition":"Nme = 1","message":"x"}]"#,
                "A__c.validationRules[0].condition: Field Nme does not exist. Check spelling. (character 1)"
            ),
            (
                #""validationRules":[{"condition":"LEN(Name)","message":"x"}]"#,
                "A__c.validationRules[0].condition: Formula result is data type (Number), incompatible with expected data type (true or false). (character 1)"
            ),
            (#""validationRules":[{"message":"x"}]"#, "A__c.validationRules[0].field: expected the name of a field"),
            (
                #""triggers":[{"name":"T","events":[],"condition":"TRUE","message":"x"}]"#,
                "A__c.triggers[0].events: expected insert, update or delete"
            ),
            (#""duplicateRules":[{"name":"D","fields":["X"]}]"#, "A__c.duplicateRules[0].fields: no field 'X'"),
        ])
    func mistakes(rules: String, message: String) throws {
        let text =
            #"{"objects":[{"name":"User","keyPrefix":"005","fields":[]},{"name":"A__c","keyPrefix":"a01","fields":[{"name":"Name","type":"string"}],"#
            + rules + "}]}"
        let error = #expect(throws: SchemaError.self) {
            try SchemaBuilder(document: try SchemaDocument.decode(Data(text.utf8), source: "test"), rows: [:], seed: 1).build()
        }
        #expect(error?.description == message)
    }
}
