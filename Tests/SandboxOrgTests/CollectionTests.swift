import Foundation
import Testing

@testable import SandboxData
@testable import SandboxOrg

@Suite("sObject Collections")
struct CollectionTests {
    private func results(_ answer: Answer) -> [(success: Bool, code: String?)] {
        answer.list.map { result in
            let error = (result["errors"] as? [[String: Any]])?.first
            return (result["success"] as? Bool ?? false, error?["statusCode"] as? String)
        }
    }

    private func records(_ bodies: [String], allOrNone: Bool = false) -> String {
        let list = bodies.map { "{\"attributes\":{\"type\":\"Account\"},\($0)}" }.joined(separator: ",")
        return "{\"allOrNone\":\(allOrNone),\"records\":[\(list)]}"
    }

    @Test("each record has its own result, in the order they came")
    func partial() async throws {
        try await TestOrg.with { org in
            let body = records([#""Name":"a""#, #""Phone":"1""#, #""Name":"INVALID""#, #""Name":"d""#])
            let answer = try await org.call("POST", "/composite/sobjects", body: body)
            #expect(answer.status == 200)
            let results = results(answer)
            #expect(results.map(\.success) == [true, false, false, true])
            #expect(results.compactMap(\.code) == ["REQUIRED_FIELD_MISSING", "FIELD_CUSTOM_VALIDATION_EXCEPTION"])
            #expect(answer.list[1]["id"] == nil)
            #expect(try await org.query("SELECT COUNT() FROM Account").object["totalSize"] as? Int == 302)
        }
    }

    @Test("all or none: one failure undoes the others and says so")
    func allOrNone() async throws {
        try await TestOrg.with { org in
            let body = records([#""Name":"a","External_Id__c":"Q""#, #""Phone":"1""#], allOrNone: true)
            let answer = try await org.call("POST", "/composite/sobjects", body: body)
            #expect(results(answer).map(\.code) == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"])
            #expect(try await org.query("SELECT COUNT() FROM Account").object["totalSize"] as? Int == 300)
            let later = try await org.call("POST", "/composite/sobjects", body: records([#""Name":"a","External_Id__c":"Q""#]))
            #expect(results(later).map(\.success) == [true])
        }
    }

    @Test("updates and deletes go by id, and a deleted record stays deleted")
    func updatesAndDeletes() async throws {
        try await TestOrg.with { org in
            let ids = (1...3).map { RecordIDText.text(prefix: Array("001".utf8), number: $0) }
            let update = records([
                "\"id\":\"\(ids[0])\",\"Name\":\"one\"", "\"Id\":\"\(ids[1].prefix(15))\",\"Name\":\"two\"", #""Name":"nobody""#,
                #""id":"zzz","Name":"x""#,
            ])
            let updated = try await org.call("PATCH", "/composite/sobjects", body: update)
            #expect(results(updated).map(\.code) == [nil, nil, "MISSING_ARGUMENT", "MALFORMED_ID"])
            let deleted = try await org.call("DELETE", "/composite/sobjects?ids=\(ids[0]),\(ids[0]),001Sb00000zzzzz")
            #expect(results(deleted).map(\.code) == [nil, "ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY"])
            let late = try await org.call("PATCH", "/composite/sobjects", body: records(["\"id\":\"\(ids[0])\",\"Name\":\"x\""]))
            #expect(results(late).map(\.code) == ["ENTITY_IS_DELETED"])
            let read = try await org.get("/composite/sobjects/Account?ids=\(ids[0]),\(ids[1])&fields=Id,Name")
            let rows = try #require(read.json as? [Any])
            #expect(rows.count == 2 && rows[0] is NSNull)
            #expect((rows[1] as? [String: Any])?["Name"] as? String == "two")
            let posted = try await org.call(
                "POST", "/composite/sobjects/Account", body: "{\"ids\":[\"\(ids[2])\"],\"fields\":[\"Name\"]}")
            #expect(posted.list.count == 1)
        }
    }

    @Test("upserts say what is new, and refuse a key that comes twice")
    func upserts() async throws {
        try await TestOrg.with { org in
            let body = records([
                #""External_Id__c":"A-000001","Name":"known""#, #""External_Id__c":"N-1","Name":"new""#,
                #""External_Id__c":"T","Name":"x""#,
                #""External_Id__c":"t","Name":"y""#, #""Name":"no key""#,
            ])
            let answer = try await org.call("PATCH", "/composite/sobjects/Account/External_Id__c", body: body)
            #expect(results(answer).map(\.code) == [nil, nil, "DUPLICATE_VALUE", "DUPLICATE_VALUE", "MISSING_ARGUMENT"])
            #expect(answer.list[0]["created"] as? Bool == false)
            #expect(answer.list[1]["created"] as? Bool == true)
            let byID = try await org.call("PATCH", "/composite/sobjects/Account/Id", body: records([#""Id":null,"Name":"by id""#]))
            #expect(byID.list.first?["created"] as? Bool == true)
        }
    }

    @Test("what is no collection is refused as a whole")
    func refusals() async throws {
        try await TestOrg.with { org in
            let many = records(Array(repeating: #""Name":"a""#, count: 201))
            let tooMany = try await org.call("POST", "/composite/sobjects", body: many)
            #expect(tooMany.errorCode == "EXCEEDED_ID_LIMIT")
            let none = try await org.call("POST", "/composite/sobjects", body: "{\"records\":[]}")
            #expect(none.errorCode == "REQUIRED_FIELD_MISSING" && none.errorMessage == "At least 1 record is required")
            for body in ["{}", "{\"records\":[]}", "{\"records\":[1]}", "{\"records\":[{}]}", "x", ""] {
                let answer = try await org.call("POST", "/composite/sobjects", body: body)
                #expect(answer.status == 400, "\(body)")
            }
            #expect(try await org.call("DELETE", "/composite/sobjects").status == 400)
            #expect(try await org.call("PATCH", "/composite/sobjects/Account/Name", body: many).status == 404)
        }
    }
}
