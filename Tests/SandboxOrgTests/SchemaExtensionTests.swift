import Foundation
import Testing

@testable import SandboxData
@testable import SandboxOrg

@Suite("Schema files that extend the built-in schema")
struct SchemaExtensionTests {
    private func decode(_ json: String) throws -> OrgSchema {
        try SchemaBuilder(document: try SchemaDocument.decode(Data(json.utf8), source: "test"), rows: [:], seed: 1).build().schema
    }

    @Test("config/sandbox-org.json adds an object and a field to the built-in ones")
    func example() async throws {
        var options = TestOrg.small
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        options.schemaPath = root.appending(path: "config/sandbox-org.json").path
        try await TestOrg.with(options) { org in
            let invoices = try await org.query("SELECT Name, Account__r.Name, Total__c FROM Invoice__c LIMIT 3").records
            #expect(invoices.count == 3)
            #expect((invoices[0]["Name"] as? String)?.hasPrefix("INV-") ?? false)
            let accounts = try await org.query("SELECT Name, Industry, Credit_Hold__c FROM Account LIMIT 1").records
            #expect(accounts[0]["Credit_Hold__c"] is Bool)
        }
    }

    @Test("a field of a known name is replaced, whatever its case, and the rest of its object stays")
    func replacement() throws {
        let schema = try decode(
            #"{"extends":"built-in","objects":[{"name":"account","fields":[{"name":"site","type":"url","length":60}]}]}"#)
        let account = try #require(schema.object("Account"))
        #expect(account.field("Site")?.type == .url)
        #expect(account.field("Industry")?.type == .picklist)
        #expect(schema.objects.filter { $0.name.lowercased() == "account" }.count == 1)
    }

    @Test("only the built-in schema can be extended, and mistakes in an extension are found as elsewhere")
    func mistakes() {
        let base = #expect(throws: SchemaError.self) { try decode(#"{"extends":"other","objects":[]}"#) }
        #expect(base?.description == #"test: extends: expected "built-in""#)
        let reference = #expect(throws: SchemaError.self) {
            let field = #"{"name":"X__c","type":"reference","referenceTo":["Y"]}"#
            _ = try decode(#"{"extends":"built-in","objects":[{"name":"Lead","fields":["# + field + "]}]}")
        }
        #expect(reference?.description == "Lead.X__c.referenceTo: no object 'Y' in the schema")
    }
}
