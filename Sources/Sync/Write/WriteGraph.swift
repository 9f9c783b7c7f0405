import HeapModule
import MappedSchema

/// Which changes of a set must go before which others. A value without I/O.
struct WriteGraph: Sendable {
    /// For each change, by its place in the set, those that go before it.
    private(set) var before: [[Int]]
    /// The places of all changes in an order in which each comes after what goes before it.
    private(set) var order: [Int] = []
    /// What each change depends on, by id.
    private(set) var dependencies: [Int64: [WritePlan.Dependency]] = [:]

    private let changes: [Change]

    /// - Parameter changes: in the order of the log.
    init(_ changes: [Change], shapes: [String: WriteShape]) {
        self.changes = changes
        before = Array(repeating: [], count: changes.count)
        orderRecords()
        orderKeys(shapes)
        sort()
    }

    private mutating func add(_ later: Int, after earlier: Int, _ kind: WritePlan.Dependency.Kind?) {
        guard later != earlier else { return }
        if !before[later].contains(earlier) { before[later].append(earlier) }
        if let kind { dependencies[changes[later].id, default: []].append(WritePlan.Dependency(on: changes[earlier].id, kind: kind)) }
    }

    // MARK: - One record

    private enum RecordKey: Hashable {
        case row(table: String, id: Int64)
        case record(table: String, sfid: String)
    }

    private mutating func orderRecords() {
        var last: [RecordKey: Int] = [:]
        for (index, change) in changes.enumerated() {
            for key in Self.recordKeys(change) {
                if let earlier = last[key] { add(index, after: earlier, .record) }
                last[key] = index
            }
        }
    }

    /// The row's `id` may have passed to another row between two changes; the record's id says for sure.
    private static func recordKeys(_ change: Change) -> [RecordKey] {
        var keys: [RecordKey] = [.row(table: change.table, id: change.recordID)]
        if let sfid = change.sfid ?? change.broughtSfid { keys.append(.record(table: change.table, sfid: String(sfid.prefix(15)))) }
        return keys
    }

    // MARK: - Values of unique columns

    private struct Key: Hashable {
        let table: String
        let column: String
        let value: String

        /// Salesforce compares most unique values without regard to case; two values too many in one place only cost a call.
        init(_ table: String, _ column: String, _ value: String) {
            self.table = table
            self.column = column
            self.value = value.lowercased()
        }
    }

    private struct Event {
        let index: Int
        let takes: Bool
    }

    private mutating func orderKeys(_ shapes: [String: WriteShape]) {
        // Columns by which others name their parents count too, unique or not.
        var columns = shapes.mapValues(\.uniqueColumns)
        for shape in shapes.values {
            for key in shape.parentKeys {
                for parent in key.parentTables { columns[parent, default: []].insert(key.parentColumn) }
            }
        }
        var events: [Key: [Event]] = [:]
        for (index, change) in changes.enumerated() {
            for column in columns[change.table] ?? [] {
                let old = change.action == .insert ? nil : change.oldKeys[column]
                let new = change.action == .delete ? .some(nil) : change.values[column]
                // An update that does not name the column neither takes nor gives.
                guard let new else { continue }
                if let old, old.lowercased() != new?.lowercased() {
                    events[Key(change.table, column, old), default: []].append(Event(index: index, takes: false))
                }
                if let new, !new.isEmpty { events[Key(change.table, column, new), default: []].append(Event(index: index, takes: true)) }
            }
        }
        for (key, list) in events where shapes[key.table]?.uniqueColumns.contains(key.column) ?? false { order(list, of: key) }
        orderChildren(shapes, events)
    }

    private mutating func order(_ events: [Event], of key: Key) {
        var last: Event?
        for event in events {
            if let last {
                let isHandedOn = !last.takes && event.takes
                add(event.index, after: last.index, isHandedOn ? .uniqueValue(column: key.column, value: key.value) : nil)
            }
            last = event
        }
        // A value may be taken before it is given up where the table itself does not keep it unique.
        guard let first = events.first, first.takes, let giver = events.first(where: { !$0.takes }),
            Self.recordKeys(changes[giver.index])[0] != Self.recordKeys(changes[first.index])[0]
        else { return }
        before[giver.index].removeAll { $0 == first.index }
        add(first.index, after: giver.index, .uniqueValue(column: key.column, value: key.value))
    }

    // MARK: - Parents by external id

    private mutating func orderChildren(_ shapes: [String: WriteShape], _ events: [Key: [Event]]) {
        for (index, change) in changes.enumerated() where change.action != .delete {
            for parentKey in shapes[change.table]?.parentKeys ?? [] {
                guard let value = change.values[parentKey.column] ?? nil else { continue }
                for table in parentKey.parentTables {
                    let takers = (events[Key(table, parentKey.parentColumn, value)] ?? []).filter(\.takes)
                    // A child may come before its parent in one transaction.
                    guard let parent = takers.last(where: { $0.index < index }) ?? takers.first else { continue }
                    add(index, after: parent.index, .parent)
                }
            }
        }
    }

    // MARK: - One order for all

    /// In the order of the log as far as possible. Changes in a circle go in the order of the log.
    private mutating func sort() {
        var dependants: [[Int]] = Array(repeating: [], count: changes.count)
        for (index, earlier) in before.enumerated() { for place in earlier { dependants[place].append(index) } }
        var isPlaced = [Bool](repeating: false, count: changes.count)
        var missing = before.map(\.count)
        var ready = Heap<Int>()
        for index in changes.indices where missing[index] == 0 { ready.insert(index) }
        var firstUnplaced = 0
        while order.count < changes.count {
            var next = ready.popMin()
            if next == nil {
                while isPlaced[firstUnplaced] { firstUnplaced += 1 }
                next = firstUnplaced
            }
            guard let index = next, !isPlaced[index] else { continue }
            isPlaced[index] = true
            order.append(index)
            before[index].removeAll { !isPlaced[$0] }
            for dependant in dependants[index] {
                missing[dependant] -= 1
                if missing[dependant] == 0, !isPlaced[dependant] { ready.insert(dependant) }
            }
        }
    }
}
