import LoggedChanges
import Testing

@Suite("Changes of a record that become one")
struct ChangeMergingTests {
    /// What an insert says, what a later update says, and what both say together.
    @Test(
        "say of a lookup what the later one says, by whichever of its columns",
        arguments: [
            (["name": "n", "part__r__key__c": "K"], ["part__c": "1"], ["name": "n", "part__c": "1"]),
            (["part__c": "1"], ["part__r__key__c": "K"], ["part__r__key__c": "K"]),
            (["part__c": "1"], ["part__r__key__c": nil], ["part__r__key__c": nil]),
            (["part__c": "1", "part__r__key__c": "K"], ["name": "n"], ["part__c": "1", "part__r__key__c": "K", "name": "n"]),
            (["part__c": "1"], ["part__c": "2", "part__r__key__c": "K"], ["part__c": "2", "part__r__key__c": "K"]),
            (["owner": "1", "part__c": "1"], ["part__c": nil], ["owner": "1", "part__c": nil]),
        ] as [([String: String?], [String: String?], [String: String?])])
    func lookups(_ first: [String: String?], _ second: [String: String?], _ together: [String: String?]) {
        let insert = Change(id: 1, table: "leaf__c", action: .insert, recordID: 1, values: first)
        let update = Change(id: 2, table: "leaf__c", action: .update, recordID: 1, values: second)
        let merged = insert.merging(update, as: 1, lookups: [["part__c", "part__r__key__c"]])
        #expect(merged.values == together)
        #expect(merged.rows == [1, 2])
    }
}
