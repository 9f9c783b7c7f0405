import MappedSchema
import Testing

@testable import Sync

@Suite("What a new describe means for a table")
struct ShapeChangeTests {
    private static func table(_ columns: [(String, ColumnType)]) -> TableSchema {
        TableSchema(
            objectName: "Part__c", schema: "salesforce", table: "part__c",
            columns: columns.map { MappedColumn(field: $0.0, name: $0.0.lowercased(), type: $0.1, isCreateable: true, isUpdateable: true) },
            isWritable: true, upsertColumn: nil, indexes: [])
    }

    /// What the column was, what the field needs now, what the column becomes: nil stops the mapping.
    @Test(
        "texts grow, and nothing shrinks; another type stops the mapping",
        arguments: [
            (.varchar(40), .varchar(40), .varchar(40)), (.varchar(40), .varchar(80), .varchar(80)),
            (.varchar(80), .varchar(40), .varchar(80)),
            (.varchar(255), .text, .text), (.text, .varchar(255), .text), (.integer, .double, nil), (.double, .integer, nil),
            (.timestamp, .date, nil), (.varchar(40), .boolean, nil), (.double, .varchar(40), nil), (.text, .double, nil),
            (.date, .date, .date),
        ] as [(ColumnType, ColumnType, ColumnType?)])
    func types(was: ColumnType, needs: ColumnType, becomes: ColumnType?) throws {
        let (old, new) = (Self.table([("Key__c", was)]), Self.table([("Key__c", needs)]))
        guard let becomes else {
            #expect { try ShapeChange(from: old, to: new) } throws: { "\($0)".contains("Part__c.Key__c") && "\($0)".contains(needs.sql) }
            return
        }
        let change = try ShapeChange(from: old, to: new)
        #expect(change.table.columns[0].type == becomes)
        #expect(change.widened == (becomes == was ? [] : ["key__c"]))
    }

    @Test("columns that a mapping was edited to have, or to lack, are its load's business")
    func edited() throws {
        let old = Self.table([("Key__c", .varchar(40))])
        for new in [Self.table([("Key__c", .varchar(80)), ("Name", .text)]), Self.table([("Name", .text)])] {
            let change = try ShapeChange(from: old, to: new)
            #expect(change.table == old && change.widened.isEmpty)
        }
    }
}
