import Foundation
import Testing

@testable import SandboxOrg

/// An org with objects of its own for the rules, beside the built-in ones.
enum RuleOrg {
    /// Runs the body against an org with the objects; each is a JSON object as the schema file has it.
    static func with(_ objects: [String], rows: [String: Int] = [:], _ body: (TestOrg) async throws -> Void) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "rules-\(UUID().uuidString).json")
        let text = "{\"extends\":\"built-in\",\"objects\":[\(objects.joined(separator: ","))]}"
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        var options = TestOrg.small
        options.schemaPath = file.path
        options.rows.merge(rows) { $1 }
        try await TestOrg.with(options, body)
    }

    /// An object with a name, an owner and some fields of each kind that rules look at.
    static let invoice = """
        {"name":"Invoice__c","label":"Invoice","keyPrefix":"a0Q","rows":0,"fields":[
          {"name":"OwnerId","type":"reference","label":"Owner ID","nillable":false,"referenceTo":["User"],"relationshipName":"Owner"},
          {"name":"Name","type":"string","label":"Invoice Name","length":80,"nillable":false,"nameField":true},
          {"name":"Account__c","type":"reference","label":"Account","referenceTo":["Account"],"relationshipName":"Account__r","childRelationshipName":"Invoices__r"},
          {"name":"Due__c","type":"date"},
          {"name":"Amount__c","type":"currency","precision":12,"scale":2},
          {"name":"Paid__c","type":"boolean"},
          {"name":"Contact_Email__c","type":"email"},
          {"name":"Status__c","type":"picklist","picklistValues":["Draft","Sent","Paid"]},
          {"name":"Code__c","type":"string","length":20,"unique":true,"caseSensitive":true,"externalId":true,"generate":{"kind":"none"}},
          {"name":"Region__c","type":"picklist","restrictedPicklist":true,"picklistValues":["North","South"]},
          {"name":"Tags__c","type":"multipicklist","restrictedPicklist":true,"picklistValues":["a","b","c"]}
        ]}
        """
}

extension TestOrg {
    /// Creates a record and answers its id.
    func create(_ object: String, _ body: String) async throws -> String {
        let answer = try await call("POST", "/sobjects/\(object)", body: body)
        return try #require(answer.object["id"] as? String, "\(answer.text)")
    }

    /// One field of one record, deleted ones included.
    func field(_ name: String, of object: String, _ id: String) async throws -> Any? {
        try await query("SELECT \(name) FROM \(object) WHERE Id = '\(id)'", all: true).records.first?[name]
    }

    /// Sets the org's clock so far ahead, so that stamps differ.
    func advance(_ seconds: Int) async throws {
        #expect(try await call("POST", "/sandbox/clock", body: "{\"offset_seconds\":\(seconds)}").status == 204)
    }
}
