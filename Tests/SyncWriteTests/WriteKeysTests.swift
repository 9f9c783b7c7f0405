import LoggedChanges
import Testing

@testable import SyncWrite

/// One line a rule: changes in the order of the log, and what depends on what. `2-1` waits with 1, `2>1` only comes after it.
@Suite("What a change depends on")
struct WriteKeysTests {
    private static let shapes = [
        "account": WriteShape(uniqueColumns: ["key", "code"], referenceColumns: ["parentid"], upsertColumn: "key"),
        "contact": WriteShape(
            parentKeys: [.init(column: "account__key", parentTables: ["account", "lead"], parentColumn: "key")],
            referenceColumns: ["accountid"]),
        "lead": WriteShape(),
    ]
    private static let a = "001000000000001AAA"
    private static let b = "001000000000002AAA"

    struct Rule: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let changes: [Change]
        let edges: Set<String>

        init(_ says: String, _ changes: [Change], _ edges: Set<String>) {
            testDescription = says
            self.changes = changes
            self.edges = edges
        }
    }

    private static func change(
        _ id: Int64, _ action: Change.Action, _ table: String, row: Int64? = nil, sfid: String? = nil, _ values: [String: String?] = [:],
        old: [String: String] = [:]
    ) -> Change {
        Change(id: id, table: table, action: action, recordID: row ?? id * 100, sfid: sfid, values: values, oldKeys: old)
    }

    /// An account's.
    private static func change(
        _ id: Int64, _ action: Change.Action, row: Int64? = nil, sfid: String? = nil, _ values: [String: String?] = [:],
        old: [String: String] = [:]
    ) -> Change {
        change(id, action, "account", row: row, sfid: sfid, values, old: old)
    }

    private static let records: [Rule] = [
        Rule("two rows have nothing to do with each other", [change(1, .update), change(2, .update)], []),
        Rule("one row, one order", [change(1, .insert, row: 7), change(2, .update, row: 7), change(3, .delete, row: 7)], ["2-1", "3-2"]),
        Rule("the same id in two tables is two rows", [change(1, .update, row: 7), change(2, .update, "lead", row: 7)], []),
        Rule("one record under two ids", [change(1, .update, row: 7, sfid: a), change(2, .update, row: 8, sfid: a)], ["2-1"]),
        Rule(
            "a record's id has 15 characters, or 18",
            [change(1, .update, row: 7, sfid: a), change(2, .update, row: 8, sfid: String(a.prefix(15)))],
            ["2-1"]),
        Rule("a restored row is about the record that it brings", [change(1, .delete, sfid: a), change(2, .insert, ["sfid": a])], ["2-1"]),
    ]

    private static let parents: [Rule] = [
        Rule("a parent that lives keeps nobody", [change(1, .update, sfid: a), change(2, .insert, "contact", ["accountid": a])], []),
        Rule(
            "a child waits for the parent that is restored",
            [change(1, .insert, ["sfid": a]), change(2, .insert, "contact", ["accountid": a])], ["2-1"]),
        Rule(
            "a parent is deleted after its children left",
            [change(1, .update, "contact", ["accountid": b], old: ["accountid": a]), change(2, .delete, sfid: a)], ["2-1"]),
        Rule(
            "a parent is deleted after its children were deleted, in its own table too",
            [change(1, .delete, sfid: b, old: ["parentid": a]), change(2, .delete, sfid: a)], ["2-1"]),
        Rule(
            "a child that names its parent by an external id waits for whoever gets it, in whatever case",
            [change(1, .insert, ["key": "K"]), change(2, .insert, "contact", ["account__key": "k"])], ["2-1"]),
        Rule(
            "also when the child came first", [change(1, .insert, "contact", ["account__key": "K"]), change(2, .update, ["key": "K"])],
            ["1-2"]),
        Rule(
            "a parent of one of several tables",
            [change(1, .insert, "lead", ["key": "K"]), change(2, .insert, "contact", ["account__key": "K"])],
            ["2-1"]),
        Rule(
            "who clears a parent waits for none", [change(1, .insert, ["key": "K"]), change(2, .update, "contact", ["account__key": nil])],
            []),
    ]

    private static let values: [Rule] = [
        Rule(
            "who takes a value waits with who gives it up",
            [change(1, .update, ["key": "Y"], old: ["key": "X"]), change(2, .insert, ["key": "x"])], ["2-1"]),
        Rule("a deletion gives up", [change(1, .delete, old: ["key": "X"]), change(2, .update, ["key": "X"], old: ["key": "Y"])], ["2-1"]),
        Rule("each unique column by itself", [change(1, .delete, old: ["code": "X"]), change(2, .insert, ["key": "X"])], []),
        Rule("taken before it is given up", [change(1, .insert, ["code": "X"]), change(2, .delete, old: ["code": "X"])], ["1-2"]),
        Rule(
            "of two that take one value, the later waits with the earlier",
            [change(1, .insert, ["code": "X"]), change(2, .insert, ["code": "X"])], ["2-1"]),
        Rule(
            "two that take a value before it is given up keep their order",
            [change(1, .insert, ["code": "X"]), change(2, .delete, old: ["code": "X"]), change(3, .insert, ["code": "X"])], ["1-2", "3-1"]),
        Rule(
            "who took a value after another is no holder before",
            [
                change(1, .insert, ["code": "X"]), change(2, .insert, row: 2, ["code": "X"]),
                change(3, .update, row: 2, ["code": "Y"], old: ["code": "X"]),
            ], ["2-1", "3-2", "3>2"]),
        Rule(
            "a value goes from hand to hand",
            [
                change(1, .update, row: 1, ["key": nil], old: ["key": "X"]), change(2, .update, row: 2, ["key": "X"]),
                change(3, .delete, row: 2, old: ["key": "X"]), change(4, .insert, row: 3, ["key": "X"]),
            ], ["2-1", "3-2", "3>2", "4-3"]),
        Rule(
            "who takes a value waits for what its giver's record does next with the column, too",
            [
                change(1, .update, row: 1, ["code": "Y"], old: ["code": "X"]), change(2, .update, row: 1, ["name": "n"]),
                change(3, .update, row: 1, ["code": nil], old: ["code": "Y"]), change(4, .update, row: 2, ["code": "X"]),
            ], ["2-1", "3-2", "3>1", "4-1", "4-3"]),
        Rule(
            "no value is nobody's",
            [change(1, .update, ["key": nil], old: ["key": "X"]), change(2, .update, ["key": nil], old: ["key": "Y"])], []),
        Rule("nor is an empty one", [change(1, .insert, ["key": ""]), change(2, .insert, ["key": ""])], []),
        Rule(
            "a value that stays is neither taken nor given up",
            [change(1, .update, ["name": "n"], old: ["key": "X"]), change(2, .insert, ["code": "X"])], []),
        Rule(
            "another case of the same value is no new one",
            [change(1, .update, ["key": "x"], old: ["key": "X"]), change(2, .delete, old: ["key": "Z"])], []),
    ]

    @Test("each rule, read at once and one by one", arguments: records + parents + values)
    func rule(_ rule: Rule) {
        func text(_ edges: [WriteKeys.Edge]) -> Set<String> {
            Set(edges.map { "\($0.change)\($0.reason == .order ? ">" : "-")\($0.on)" })
        }
        var keys = WriteKeys(shapes: Self.shapes)
        let atOnce = text(keys.add(rule.changes))
        #expect(atOnce == rule.edges)
        // What came first in the log cannot wait for what is not read yet.
        let looksAhead = rule.edges.contains { $0 == "1-2" }
        guard !looksAhead else { return }
        var oneByOne = WriteKeys(shapes: Self.shapes)
        var found: Set<String> = []
        for change in rule.changes { found.formUnion(text(oneByOne.add([change]))) }
        #expect(found == rule.edges)
    }

    @Test("what is settled keeps nobody any more", arguments: records + parents + values)
    func settled(_ rule: Rule) {
        var keys = WriteKeys(shapes: Self.shapes)
        var edges = 0
        for change in rule.changes {
            edges += keys.add([change]).count
            keys.remove(change)
        }
        #expect(edges == 0)
    }
}
