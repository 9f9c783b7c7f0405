import Foundation
import Testing

@testable import SandboxData
@testable import SandboxOrg

@Suite("Rules: values")
struct ValueRuleTests {
    @Test(
        "a value that a field cannot hold is refused with Salesforce's code, text and field",
        arguments: [
            (#""Due__c":"4001-01-01""#, "FIELD_INTEGRITY_EXCEPTION", "Due: invalid date: Mon Jan 01 00:00:00 GMT 4001", "Due__c"),
            (#""Due__c":"1699-12-31""#, "FIELD_INTEGRITY_EXCEPTION", "Due: invalid date: Thu Dec 31 00:00:00 GMT 1699", "Due__c"),
            (
                #""Amount__c":10000000000"#, "NUMBER_OUTSIDE_VALID_RANGE",
                "Amount: value outside of valid range on numeric field: 10000000000.0", "Amount__c"
            ),
            (
                #""Amount__c":"0x1F""#, "JSON_PARSER_ERROR",
                "Cannot deserialize instance of double from VALUE_STRING value 0x1F or request may be missing a required field at [line:1, column:25]",
                nil
            ),
            (#""Contact_Email__c":"a@b""#, "INVALID_EMAIL_ADDRESS", "Contact Email: invalid email address: a@b", "Contact_Email__c"),
            (
                #""Region__c":"East""#, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Region: bad value for restricted picklist field: East",
                "Region__c"
            ),
            (
                #""Tags__c":"a;z""#, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Tags: bad value for restricted picklist field: a;z",
                "Tags__c"
            ),
            (
                #""Code__c":"123456789012345678901""#, "STRING_TOO_LONG",
                "Code: data value too large: 123456789012345678901 (max length=20)", "Code__c"
            ),
            (#""Account__c":"003Sb0000000001""#, "MALFORMED_ID", "Account: id value of incorrect type: 003Sb0000000001", "Account__c"),
            (#""Account__c":"001Sb000000000""#, "MALFORMED_ID", "Account: id value of incorrect type: 001Sb000000000", "Account__c"),
            (#""Account__c":"a9zSb0000000001""#, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", nil),
        ])
    func refused(member: String, code: String, message: String, field: String?) async throws {
        try await RuleOrg.with([RuleOrg.invoice]) { org in
            let answer = try await org.call("POST", "/sobjects/Invoice__c", body: "{\"Name\":\"x\",\(member)}")
            #expect(answer.status == 400)
            #expect(answer.list.count == 1)
            #expect(answer.errorCode == code)
            #expect(answer.errorMessage == message)
            let fields = answer.list.first?["fields"] as? [String]
            #expect(code == "JSON_PARSER_ERROR" ? fields == nil : fields == (field.map { [$0] } ?? []))
        }
    }

    @Test("values are trimmed, rounded half up and kept as Salesforce keeps them")
    func kept() async throws {
        try await RuleOrg.with([RuleOrg.invoice]) { org in
            let id = try await org.create(
                "Invoice__c",
                #"{"Name":"two\r\nlines \t ","Amount__c":"2.675","Due__c":"4000-12-31","Status__c":"Somewhere","Tags__c":"c;a","Paid__c":null}"#
            )
            let row = try await org.get("/sobjects/Invoice__c/\(id)").object
            #expect(row["Name"] as? String == "two\nlines")
            #expect((row["Amount__c"] as? NSNumber)?.doubleValue == 2.68)
            #expect(row["Due__c"] as? String == "4000-12-31")
            #expect(row["Status__c"] as? String == "Somewhere")
            #expect(row["Paid__c"] as? Bool == false)
            _ = try await org.call("PATCH", "/sobjects/Invoice__c/\(id)", body: #"{"Amount__c":-2.675,"Status__c":""}"#)
            let changed = try await org.get("/sobjects/Invoice__c/\(id)").object
            #expect((changed["Amount__c"] as? NSNumber)?.doubleValue == -2.68)
            #expect(changed["Status__c"] is NSNull)
        }
    }

    @Test("everything that is wrong with a record is told at once")
    func several() async throws {
        try await RuleOrg.with([RuleOrg.invoice]) { org in
            let body = #"{"Contact_Email__c":"none","Region__c":"East"}"#
            let answer = try await org.call("POST", "/sobjects/Invoice__c", body: body)
            let expected = ["REQUIRED_FIELD_MISSING", "INVALID_EMAIL_ADDRESS", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"]
            #expect(answer.list.map { $0["errorCode"] as? String } == expected)
            let record = #"{"attributes":{"type":"Invoice__c"},"# + body.dropFirst()
            let collection = try await org.call("POST", "/composite/sobjects", body: "{\"records\":[\(record)]}")
            let errors = collection.list.first?["errors"] as? [[String: Any]] ?? []
            #expect(errors.map { $0["statusCode"] as? String } == expected)
        }
    }

    @Test("a unique field that knows upper and lower case takes both")
    func caseSensitive() async throws {
        try await RuleOrg.with([RuleOrg.invoice]) { org in
            let lower = try await org.create("Invoice__c", #"{"Name":"x","Code__c":"abc"}"#)
            let upper = try await org.create("Invoice__c", #"{"Name":"x","Code__c":"ABC"}"#)
            #expect(lower != upper)
            let twice = try await org.call("POST", "/sobjects/Invoice__c", body: #"{"Name":"x","Code__c":"abc"}"#)
            #expect(twice.errorMessage == "duplicate value found: Code__c duplicates value on record with id: \(lower.prefix(15))")
            let changed = try await org.call("PATCH", "/sobjects/Invoice__c/Code__c/ABC", body: #"{"Name":"y"}"#)
            #expect(changed.object["id"] as? String == upper)
            #expect(try await org.field("Name", of: "Invoice__c", lower) as? String == "x")
            for all in [false, true] {
                let found = try await org.query("SELECT Id FROM Invoice__c WHERE Code__c = 'ABC'", all: all).records
                #expect(found.map { $0["Id"] as? String } == [upper])
            }
            _ = try await org.call("DELETE", "/sobjects/Invoice__c/\(upper)")
            #expect(try await org.query("SELECT Id FROM Invoice__c WHERE Code__c = 'abC'", all: true).records.isEmpty)
        }
    }

    @Test("ids are taken with 15 and 18 characters, and with their case lost")
    func ids() async throws {
        try await RuleOrg.with([RuleOrg.invoice]) { org in
            let account = RecordIDText.text(prefix: Array("001".utf8), number: 200)
            for text in [account, String(account.prefix(15)), account.lowercased(), account.uppercased()] {
                let id = try await org.create("Invoice__c", "{\"Name\":\"x\",\"Account__c\":\"\(text)\"}")
                #expect(try await org.field("Account__c", of: "Invoice__c", id) as? String == account)
                #expect(try await org.get("/sobjects/Account/\(text)").object["Id"] as? String == account)
                #expect(try await org.query("SELECT Id FROM Account WHERE Id = '\(text)'").records.count == 1)
            }
        }
    }
}
