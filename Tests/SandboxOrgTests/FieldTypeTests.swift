import Foundation
import Testing

@testable import SandboxData
@testable import SandboxOrg

@Suite("Field types")
struct FieldTypeTests {
    private func create(_ object: String, _ body: String, _ org: TestOrg) async throws -> String {
        let answer = try await org.call("POST", "/sobjects/\(object)", body: body)
        return try #require(answer.object["id"] as? String, "\(answer.text)")
    }

    @Test("a file is written as base64, shown as a path, and read from there as bytes")
    func file() async throws {
        try await TestOrg.with { org in
            let account = try #require(try await org.query("SELECT Id FROM Account LIMIT 1").records.first?["Id"] as? String)
            let bytes = Data([0, 255, 10, 13, 200])
            let id = try await create(
                "Attachment", #"{"ParentId":"\#(account)","Name":"a.bin","Body":"\#(bytes.base64EncodedString())"}"#, org)
            let row = try await org.get("/sobjects/Attachment/\(id)").object
            #expect(row["Body"] as? String == "/services/data/v60.0/sobjects/Attachment/\(id)/Body")
            #expect(row["BodyLength"] as? Int == 5)
            let body = try await org.get(try #require(row["Body"] as? String))
            #expect(body.status == 200)
            #expect(body.body == bytes)
            #expect(body.headers["content-type"] == "application/octetstream")
            let bad = try await org.call(
                "POST", "/sobjects/Attachment", body: #"{"ParentId":"\#(account)","Name":"a.bin","Body":"not base64!"}"#)
            #expect(bad.errorCode == "INVALID_TYPE_ON_FIELD_IN_RECORD")
            #expect(try await org.query("SELECT Id FROM Attachment WHERE Body = 'x'").errorCode == "INVALID_FIELD")
            let bulk = try await org.call("POST", "/jobs/query", body: #"{"operation":"query","query":"SELECT Body FROM Attachment"}"#)
            #expect(bulk.errorMessage == "Binary fields not supported")
        }
    }

    @Test("an encrypted text shows its last four characters alone, and cannot be filtered")
    func encrypted() async throws {
        try await TestOrg.with { org in
            let id = try await create("Specimen__c", #"{"Secret__c":"4111222233334444"}"#, org)
            #expect(try await org.get("/sobjects/Specimen__c/\(id)").object["Secret__c"] as? String == "************4444")
            #expect(try await org.query("SELECT Id FROM Specimen__c WHERE Secret__c = 'x'").errorCode == "INVALID_FIELD")
            let fields = try #require(try await org.get("/sobjects/Specimen__c/describe").object["fields"] as? [[String: Any]])
            let secret = try #require(fields.first { $0["name"] as? String == "Secret__c" })
            #expect(secret["type"] as? String == "encryptedstring")
            #expect(secret["maskType"] as? String == "lastFour")
            #expect(secret["filterable"] as? Bool == false)
        }
    }

    @Test("a place is written by its parts, shown as one object, and found by its distance")
    func location() async throws {
        try await TestOrg.with { org in
            let id = try await create("Specimen__c", #"{"Location__Latitude__s":10.5,"Location__Longitude__s":-20.25}"#, org)
            let row = try await org.get("/sobjects/Specimen__c/\(id)").object
            #expect(row["Location__c"] as? [String: Double] == ["latitude": 10.5, "longitude": -20.25])
            let near = try await org.query(
                "SELECT Id FROM Specimen__c WHERE DISTANCE(Location__c, GEOLOCATION(10.5, -20.2), 'km') < 10")
            #expect(near.records.map { $0["Id"] as? String } == [id])
            #expect(
                try await org.call("POST", "/sobjects/Specimen__c", body: #"{"Location__c":{"latitude":1,"longitude":2}}"#).status == 400)
        }
    }

    @Test("formulas give a value of their own type")
    func formulas() async throws {
        try await TestOrg.with { org in
            let id = try await create(
                "Specimen__c",
                #"{"Text__c":"a","Picklist__c":"Alpha","Whole_Number__c":3,"Decimal_Number__c":1.5,"Currency__c":200,"Percent__c":50,"Date__c":"2024-02-01"}"#,
                org)
            let row = try await org.get("/sobjects/Specimen__c/\(id)").object
            #expect(row["Formula_Text__c"] as? String == "a Alpha")
            #expect(row["Formula_Number__c"] as? Double == 4.5)
            #expect(row["Formula_Currency__c"] as? Double == 100)
            #expect(row["Formula_Percent__c"] as? Double == 25)
            #expect(row["Formula_Date__c"] as? String == "2024-03-02")
            #expect(row["Formula_Checkbox__c"] as? Bool == true)
            #expect(row["Name"] as? String == "SP-00000026")
        }
    }

    @Test(
        "mistakes in a formula or a generator are reported by their place",
        arguments: [
            (#""type":"date","formula":{"date":"Text__c","days":1}"#, "formula: 'Text__c' is of the wrong type"),
            (#""type":"date","formula":{"date":"Date__c","days":999999}"#, "formula: expected days from -100000 to 100000"),
            (#""type":"int","formula":{"map":"Text__c","values":{"a":"b"}}"#, "formula: 'b' is no value of type int"),
            (#""type":"string","generate":{"kind":"listed"}"#, "generate.values: expected at least one value"),
            (#""type":"reference","referenceTo":["User"],"generate":{"kind":"either"}"#, "generate.to: expected the names of two objects"),
            (#""type":"reference","referenceTo":["User"],"generate":{"kind":"aligned","of":2,"phase":2}"#, "generate: expected phase"),
            (#""type":"location""#, "a compound field needs fields with compoundFieldName 'X__c'"),
        ])
    func mistakes(field: String, message: String) throws {
        let text = #"{"extends":"built-in","objects":[{"name":"Specimen__c","fields":[{"name":"X__c",\#(field)}]}]}"#
        let document = try SchemaDocument.decode(Data(text.utf8), source: "test")
        let error = #expect(throws: SchemaError.self) { _ = try SchemaBuilder(document: document, rows: [:], seed: 1).build() }
        #expect(error?.description.contains("Specimen__c.X__c") ?? false)
        #expect(error?.description.contains(message) ?? false, "\(error?.description ?? "")")
    }
}
