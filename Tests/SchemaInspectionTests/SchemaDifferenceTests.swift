import Foundation
import Testing

@testable import SchemaInspection

@Suite("What an adoption alters")
struct SchemaDifferenceTests {
    private func difference(_ change: (inout SchemaSnapshot) -> Void) -> [SchemaAlteration] {
        var before = SchemaSnapshot()
        before.schemas = ["public", "salesforce"]
        before.tables = ["account"]
        before.hstore = "public"
        before.columns = [.init("account", "name"): "character varying(40)"]
        before.functions = ["salesforce.f()": "one"]
        before.meta = .init(details: "{}", organizationID: "00D")
        var after = before
        change(&after)
        return SchemaDifference(before: before, after: after, schema: "salesforce").alterations
    }

    @Test("each kind of change is told once, and what comes with a new table goes with it")
    func kinds() {
        #expect(difference { _ in }.isEmpty)
        #expect(
            difference {
                $0.tables.insert("lead")
                $0.columns[.init("lead", "id")] = "integer"
                $0.indexes[.init("lead", "lead_pkey")] = "…"
                $0.triggers[.init("lead", "t")] = "…"
            } == [.madeTable("lead")])
        #expect(
            difference { $0.columns[.init("account", "x")] = "text" } == [.addedColumn(table: "account", column: "x", type: "text")])
        #expect(
            difference { $0.columns[.init("account", "name")] = "text" } == [
                .widenedColumn(table: "account", column: "name", from: "character varying(40)", to: "text")
            ])
        #expect(difference { $0.functions["salesforce.f()"] = "two" } == [.replacedFunction("salesforce.f()", previous: "one")])
        #expect(difference { $0.functions["salesforce.g()"] = "two" } == [.madeFunction("salesforce.g()")])
        #expect(difference { $0.triggers[.init("account", "t")] = "…" } == [.madeTrigger(table: "account", name: "t")])
        #expect(difference { $0.indexes[.init("account", "i")] = "…" } == [.madeIndex(table: "account", name: "i")])
        #expect(difference { $0.schemas.formUnion(["sluice_staging", "others"]) } == [.madeSchema("sluice_staging")])
        #expect(
            difference { $0.meta?.details = "x" } == [.recordedOwner(details: "{}", organizationID: "00D", existed: true)])
    }

    @Test("what is kept to take it back comes back as it was")
    func record() throws {
        let all: [SchemaAlteration] = [
            .madeSchema("s"), .replacedFunction("f()", previous: "CREATE …"),
            .recordedOwner(details: nil, organizationID: nil, existed: false),
        ]
        #expect(try JSONDecoder().decode([SchemaAlteration].self, from: JSONEncoder().encode(all)) == all)
    }
}
