import Foundation
import Testing

@testable import SandboxOrg

@Suite("Rules: duplicates")
struct DuplicateRuleTests {
    private static let object = RuleOrg.invoice.replacingOccurrences(
        of: "\"rows\":0",
        with: #""rows":0,"duplicateRules":[{"name":"Invoice_Rule","matchingRule":"Same_Invoice","fields":["Name","Due__c"]}]"#)

    private static let body = #"{"Name":"One","Due__c":"2026-01-01"}"#

    @Test("a duplicate is refused with what it duplicates, in Salesforce's shape and spelling")
    func refused() async throws {
        try await RuleOrg.with([Self.object]) { org in
            let id = try await org.create("Invoice__c", Self.body)
            let answer = try await org.call("POST", "/sobjects/Invoice__c", body: #"{"Name":"ONE","Due__c":"2026-01-01"}"#)
            #expect(answer.status == 400)
            #expect(
                answer.text
                    == #"[{"duplicateResut":{"allowSave":true,"duplicateRule":"Invoice_Rule","duplicateRuleEntityType":"Invoice__c","#
                    + #""errorMessage":"Use one of these records?","matchResults":[{"entityType":"Invoice__c","errors":[],"matchEngine":"ExactMatchEngine","#
                    + #""matchRecords":[{"additionalInformation":[],"fieldDiffs":[],"matchConfidence":100.0,"record":{"attributes":{"type":"Invoice__c","#
                    + "\"url\":\"/services/data/v60.0/sobjects/Invoice__c/\(id)\"},\"Id\":\"\(id)\"}}],\"rule\":\"Same_Invoice\",\"size\":1,\"success\":true}]},"
                    + #""message":"Use one of these records?","errorCode":"DUPLICATES_DETECTED"}]"#)
            let collection = try await org.call(
                "POST", "/composite/sobjects", body: #"{"records":[{"attributes":{"type":"Invoice__c"},"# + Self.body.dropFirst() + "]}")
            let error = (collection.list.first?["errors"] as? [[String: Any]])?.first
            #expect(error?["statusCode"] as? String == "DUPLICATES_DETECTED")
            #expect(error?["message"] as? String == "Use one of these records?")
        }
    }

    @Test("a client that says so saves a duplicate all the same")
    func allowed() async throws {
        try await RuleOrg.with([Self.object]) { org in
            _ = try await org.create("Invoice__c", Self.body)
            let header = ["Sforce-Duplicate-Rule-Header": "allowSave=true; includeRecordDetails=false"]
            let answer = try await org.call("POST", "/sobjects/Invoice__c", headers: header, body: Self.body)
            #expect(answer.status == 201)
            let third = try await org.call("POST", "/sobjects/Invoice__c", body: Self.body)
            #expect(third.text.contains("\"size\":2"))
        }
    }

    @Test("a rule that allows no exception refuses them too")
    func blocking() async throws {
        let object = Self.object.replacingOccurrences(
            of: "\"matchingRule\"", with: "\"allowSave\":false,\"message\":\"No.\",\"matchingRule\"")
        try await RuleOrg.with([object]) { org in
            _ = try await org.create("Invoice__c", Self.body)
            let header = ["Sforce-Duplicate-Rule-Header": "allowSave=true"]
            let answer = try await org.call("POST", "/sobjects/Invoice__c", headers: header, body: Self.body)
            #expect(answer.errorMessage == "No." && answer.text.contains("\"allowSave\":false"))
        }
    }

    @Test("neither blank values, nor deleted records, nor the record itself are duplicates; a change can make one")
    func others() async throws {
        try await RuleOrg.with([Self.object]) { org in
            let first = try await org.create("Invoice__c", Self.body)
            #expect(try await org.call("PATCH", "/sobjects/Invoice__c/\(first)", body: #"{"Name":"One"}"#).status == 204)
            _ = try await org.create("Invoice__c", #"{"Name":"One"}"#)
            let other = try await org.create("Invoice__c", #"{"Name":"One"}"#)
            let changed = try await org.call("PATCH", "/sobjects/Invoice__c/\(other)", body: #"{"Due__c":"2026-01-01"}"#)
            #expect(changed.errorCode == "DUPLICATES_DETECTED")
            #expect(try await org.call("DELETE", "/sobjects/Invoice__c/\(first)").status == 204)
            #expect(try await org.call("PATCH", "/sobjects/Invoice__c/\(other)", body: #"{"Due__c":"2026-01-01"}"#).status == 204)
        }
    }
}
