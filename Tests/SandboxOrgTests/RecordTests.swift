import Foundation
import Testing

@testable import SandboxData
@testable import SandboxOrg

@Suite("Single records")
struct RecordTests {
    @Test("a record is made, read, changed and deleted, with the recorded answers")
    func life() async throws {
        try await TestOrg.with { org in
            let created = try await org.call(
                "POST", "/sobjects/Contact", body: #"{"LastName":"Doe","FirstName":"Jane ","Email":"j@d.example"}"#)
            #expect(created.status == 201)
            let id = try #require(created.object["id"] as? String)
            #expect(created.text == "{\"id\":\"\(id)\",\"success\":true,\"errors\":[]}")
            #expect(created.headers["location"] == "/services/data/v60.0/sobjects/Contact/\(id)")
            let read = try await org.get("/sobjects/Contact/\(id)?fields=Name,FirstName,IsDeleted").object
            #expect(read["Name"] as? String == "Jane Doe")
            #expect(read["FirstName"] as? String == "Jane")
            #expect(try await org.call("PATCH", "/sobjects/Contact/\(id)", body: #"{"FirstName":null}"#).status == 204)
            #expect(try await org.get("/sobjects/Contact/\(id.prefix(15))").object["Name"] as? String == "Doe")
            #expect(try await org.call("POST", "/sobjects/Contact/\(id)?_HttpMethod=PATCH", body: #"{"Phone":"5"}"#).status == 204)
            let gone = try await org.call("DELETE", "/sobjects/Contact/\(id)")
            #expect(gone.status == 204 && gone.body.isEmpty)
            let again = try await org.call("DELETE", "/sobjects/Contact/\(id)")
            #expect(again.status == 404)
            #expect(again.text == #"[{"message":"entity is deleted","errorCode":"ENTITY_IS_DELETED","fields":[]}]"#)
            let missing = try await org.get("/sobjects/Contact/\(RecordIDText.text(prefix: Array("003".utf8), number: 99_999))")
            #expect(missing.status == 404 && missing.errorCode == "NOT_FOUND")
        }
    }

    @Test("an upsert makes the record once and then changes it")
    func upsert() async throws {
        try await TestOrg.with { org in
            let path = "/sobjects/Project__c/External_Id__c/NEW%2F1"
            let made = try await org.call("PATCH", path, body: #"{"Name":"P","Account__r":{"External_Id__c":"A-000002"}}"#)
            #expect(made.status == 201 && made.object["created"] as? Bool == true)
            let changed = try await org.call("PATCH", path, body: #"{"Budget__c":"12.345"}"#)
            #expect(changed.status == 200 && changed.object["created"] as? Bool == false)
            #expect(changed.object["id"] as? String == made.object["id"] as? String)
            let old = try await org.call("PATCH", "/services/data/v45.0" + path, body: #"{"Name":"Q"}"#)
            #expect(old.status == 204)
            let row = try await org.get(path).object
            #expect(row["External_Id__c"] as? String == "NEW/1")
            #expect((row["Budget__c"] as? NSNumber)?.doubleValue == 12.35)
            #expect((row["Number__c"] as? String)?.hasPrefix("P-000000") ?? false)
            let account = try await org.query("SELECT Id FROM Account WHERE External_Id__c = 'A-000002'").records.first?["Id"] as? String
            #expect(row["Account__c"] as? String == account)
            let wrong = try await org.get("/sobjects/Project__c/23foo/1")
            #expect(wrong.errorMessage == "Provided external ID field does not exist or is not accessible: 23foo")
            let inBody = try await org.call("PATCH", path, body: #"{"External_Id__c":"x"}"#)
            #expect(inBody.errorCode == "INVALID_FIELD")
            #expect(try await org.call("PATCH", "/sobjects/Project__c/External_Id__c/none?updateOnly=true", body: "{}").status == 404)
        }
    }

    @Test(
        "a record that breaks a rule is refused with Salesforce's code, text and fields",
        arguments: [
            (#"{"Phone":"1"}"#, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]"),
            (#"{"Name":""}"#, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]"),
            (#"{"Name":"x","foo":1}"#, "INVALID_FIELD", "No such column 'foo' on sobject of type Account"),
            (#"{"Name":"an INVALID name"}"#, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "Account names must not contain INVALID"),
            (
                #"{"Name":"x","Tier__c":"Tin"}"#, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                "Tier: bad value for restricted picklist field: Tin"
            ),
            (
                #"{"Name":"x","Active__c":"maybe"}"#, "JSON_PARSER_ERROR",
                "Cannot deserialize instance of boolean from VALUE_STRING value maybe or request may be missing a required field at [line:1, column:25]"
            ),
            (
                #"{"Name":"x","AnnualRevenue":"much"}"#, "JSON_PARSER_ERROR",
                "Cannot deserialize instance of double from VALUE_STRING value much or request may be missing a required field at [line:1, column:29]"
            ),
            (
                #"{"Name":"x","Customer_Since__c":"2023-02-30"}"#, "JSON_PARSER_ERROR",
                "Cannot deserialize instance of date from VALUE_STRING value 2023-02-30 or request may be missing a required field at [line:1, column:33]"
            ),
            (
                #"{"Name":"x","Discount__c":1000}"#, "NUMBER_OUTSIDE_VALID_RANGE",
                "Discount: value outside of valid range on numeric field: 1000.0"
            ),
            (#"{"Name":"x","ParentId":"nonsense"}"#, "MALFORMED_ID", "Parent Account ID: id value of incorrect type: nonsense"),
            (#"{"Name":"x","ParentId":"001Sb00000zzzzz"}"#, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"),
            (#"{"Name":"x","CreatedDate":"2024-01-01T00:00:00Z"}"#, "INVALID_FIELD_FOR_INSERT_UPDATE", nil),
            (
                #"{"Name":"x","Parent":{"External_Id__c":"none"}}"#, "INVALID_FIELD",
                "Foreign key external ID: none not found for field External_Id__c in entity Account"
            ),
            (#"{"Id":"001Sb0000000001","Name":"x"}"#, "INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call"),
        ])
    func rules(body: String, code: String, message: String?) async throws {
        try await TestOrg.with { org in
            let answer = try await org.call("POST", "/sobjects/Account", body: body)
            #expect(answer.status == 400)
            #expect(answer.errorCode == code, "\(answer.text)")
            if let message { #expect(answer.errorMessage == message) }
        }
    }

    @Test("unique values are kept unique, also against generated rows, and are free again after a delete")
    func unique() async throws {
        try await TestOrg.with { org in
            let taken = try await org.call("POST", "/sobjects/Account", body: #"{"Name":"x","External_Id__c":"a-000003"}"#)
            let holder = RecordIDText.text(prefix: Array("001".utf8), number: 3)
            #expect(
                taken.errorMessage == "duplicate value found: External_Id__c duplicates value on record with id: \(holder.prefix(15))")
            #expect(try await org.call("DELETE", "/sobjects/Account/\(holder)").status == 204)
            #expect(try await org.call("POST", "/sobjects/Account", body: #"{"Name":"x","External_Id__c":"A-000003"}"#).status == 201)
            let long = String(repeating: "é", count: 256)
            let tooLong = try await org.call("POST", "/sobjects/Account", body: "{\"Name\":\"\(long)\"}")
            #expect(tooLong.errorCode == "STRING_TOO_LONG")
            #expect(tooLong.errorMessage?.hasSuffix("(max length=255)") ?? false)
            #expect(try await org.call("POST", "/sobjects/Account", body: "{\"Name\":\"\(long.dropLast())\"}").status == 201)
        }
    }
}
