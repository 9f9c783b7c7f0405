import Catalog
import Foundation
import MappedSchema
import Testing

@testable import Salesforce
@testable import SyncInspection

@Suite("Differences between API versions")
struct VersionDifferenceTests {
    private func field(_ type: String, _ length: Int, _ changes: [String: String] = [:]) throws -> FieldDescribe {
        try MappingRulesTests.object(fields: [MappingRulesTests.field("F", type: type, length: length, changes)]).fields[0]
    }

    @Test("only a text that grows is safe")
    func fields() throws {
        let old = try field("string", 80)
        #expect(FieldDifference.between(old, old) == nil)
        #expect(FieldDifference.between(old, nil) == .removed)
        #expect(try FieldDifference.between(old, field("STRING", 80)) == nil)
        #expect(try FieldDifference.between(old, field("picklist", 80)) == .type)
        #expect(try FieldDifference.between(old, field("string", 255)) == .longer)
        #expect(try FieldDifference.between(old, field("string", 40)) == .shorter)
        let number = try field("double", 0, ["precision": "18", "scale": "2"])
        #expect(try FieldDifference.between(number, field("double", 0, ["precision": "18", "scale": "4"])) == .definition)
        let lookup = try field("reference", 18, ["referenceTo": "[\"Account\"]"])
        #expect(try FieldDifference.between(lookup, field("reference", 18, ["referenceTo": "[\"Contact\"]"])) == .definition)
        #expect(try FieldDifference.between(lookup, field("reference", 18, ["referenceTo": "[\"Account\",\"Lead\"]"])) == nil)
        #expect([FieldDifference.removed, .type, .longer, .shorter, .definition].filter(\.isSafe) == [.longer])
    }

    @Test("where the current version is gone, the column stands for it")
    func columns() throws {
        #expect(try FieldDifference.between(.varchar(80), field("string", 80)) == nil)
        #expect(try FieldDifference.between(.varchar(255), field("string", 80)) == nil)
        #expect(try FieldDifference.between(.varchar(80), field("string", 255)) == .longer)
        #expect(try FieldDifference.between(.varchar(80), field("double", 0)) == .type)
        #expect(FieldDifference.between(.varchar(80), nil) == .removed)
    }

    @Test("the words are those that the CLI shows")
    func words() {
        func message(_ fields: [(String, FieldDifference)]) -> String? {
            MappingDifference(objectName: "Account", fields: fields.map { .init(name: $0.0, difference: $0.1) }).document["result_message"]?
                .string
        }
        #expect(message([]) == "Salesforce field definitions have not changed.")
        #expect(
            message([("name", .longer), ("number", .removed)])
                == "Length increased in Salesforce for field: name. \nFields removed from Salesforce: number. ")
        #expect(message([("a", .type), ("b", .type)]) == "Type changed in Salesforce for fields: a, b. ")
        let undetermined = MappingDifference(objectName: "Account", fields: [], isUndetermined: true).document
        #expect(undetermined["result_message"] == "Unable to determine if an action is required.")
        #expect(undetermined["action_undetermined"] == true)
        #expect(undetermined["has_unsafe_changes"] == false)
        let removed = MappingDifference(objectName: "Account", fields: [], isObjectRemoved: true).document
        #expect(removed["has_unsafe_changes"] == true && removed["fields_have_changed"] == true)
    }
}
