import Foundation
import Testing

@testable import SandboxBytes
@testable import SandboxData
@testable import SandboxOrg

@Suite("Schema")
struct SchemaTests {
    private func build(_ json: String, rows: [String: Int] = [:]) throws -> OrgSchema {
        try SchemaBuilder(document: try SchemaDocument.decode(Data(json.utf8), source: "test"), rows: rows, seed: 1).build().schema
    }

    private static let user = #"{"name":"User","keyPrefix":"005","fields":[]}"#

    private func object(_ fields: String) -> String {
        "{\"objects\":[\(Self.user),{\"name\":\"A__c\",\"keyPrefix\":\"a01\",\"fields\":[\(fields)]}]}"
    }

    @Test("the built-in schema has the promised objects, and every kind of field somewhere")
    func builtIn() throws {
        let schema = try SchemaBuilder(document: try .builtIn(), rows: [:], seed: 1).build().schema
        for name in ["Account", "Contact", "Opportunity", "Lead", "Case", "User", "Project__c"] { #expect(schema.object(name) != nil) }
        let types = Set(schema.objects.flatMap(\.fields).map(\.type))
        #expect(types == Set(FieldType.allCases))
        #expect(schema.objects.flatMap(\.fields).contains { $0.isAutoNumber })
        #expect(schema.objects.flatMap(\.fields).contains { $0.isCalculated })
    }

    @Test(
        "a mistake is reported by its place",
        arguments: [
            (#"{"name":"B__c","type":"nonsense"}"#, "objects[1].fields[0].type (A__c.B__c)"),
            (#"{"name":"B__c"}"#, "objects[1].fields[0].type (A__c.B__c): missing"),
            (#"{"name":"B__c","type":"string","length":"x"}"#, "objects[1].fields[0].length (A__c.B__c): expected Int"),
            (#"{"name":"B__c","type":"string","length":0}"#, "A__c.B__c.length"),
            (#"{"name":"B__c","type":"reference","referenceTo":["X"]}"#, "A__c.B__c.referenceTo: no object 'X'"),
            (#"{"name":"B__c","type":"picklist"}"#, "A__c.B__c.picklistValues"),
            (#"{"name":"B__c","type":"string"},{"name":"b__c","type":"string"}"#, "A__c.b__c: is there twice"),
            (#"{"name":"Id","type":"string"}"#, "A__c.Id: is there twice"),
            (#"{"name":"B__c","type":"date","generate":{"kind":"company"}}"#, "A__c.B__c.generate.kind"),
            (#"{"name":"B__c","type":"date","generate":{"kind":"date","min":90000}}"#, "A__c.B__c.generate.min"),
            (#"{"name":"B__c","type":"double","generate":{"kind":"number","max":-1}}"#, "A__c.B__c.generate.min"),
            (#"{"name":"B__c","type":"double","formula":{"multiply":["X","Y"]}}"#, "A__c.B__c.formula: no plain field 'X'"),
        ])
    func mistakes(fields: String, message: String) {
        let error = #expect(throws: SchemaError.self) { try build(object(fields)) }
        #expect(error?.description.contains(message) ?? false, "\(error?.description ?? "")")
    }

    @Test("rows for an unknown object are refused by name")
    func unknownRows() {
        let error = #expect(throws: SchemaError.self) { try build(object(""), rows: ["Foo": 1]) }
        #expect(error?.description.contains("--rows Foo") ?? false)
    }

    @Test("a file that is no JSON is refused in one line")
    func noJSON() {
        let error = #expect(throws: SchemaError.self) { try build("objects:") }
        #expect(error?.description == "test: not a JSON document")
    }

    @Test("no schema text can crash the builder")
    func damaged() throws {
        let encoder = JSONEncoder()
        // The same text in each run, so that what one run finds the next finds too.
        encoder.outputFormatting = .sortedKeys
        let whole = try encoder.encode(SchemaDocument.builtIn())
        var generator = SplitMix(state: 5)
        for _ in 0..<60 {
            var bytes = [UInt8](whole)
            for _ in 0..<3 { bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 32...126, using: &generator) }
            if let document = try? SchemaDocument.decode(Data(bytes), source: "damaged") {
                _ = try? SchemaBuilder(document: document, rows: [:], seed: 1).build()
            }
        }
    }
}

/// A seeded generator for tests.
struct SplitMix: RandomNumberGenerator {
    var state: Int

    mutating func next() -> UInt64 {
        state += 1
        return Mix.bits(0x1234, state)
    }
}
