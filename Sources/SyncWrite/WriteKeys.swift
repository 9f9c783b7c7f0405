import LoggedChanges

/// Which changes depend on which, by keys: the record; a value of a unique column that is released or taken; a parent by its Salesforce id or by
/// an external id, its own table included. Changes come in the order of the log and leave when they are settled. A value without I/O.
struct WriteKeys: Sendable {
    /// Why a change comes after another.
    enum Reason: Sendable, Equatable {
        /// It only comes after: whatever keeps the other does not keep it.
        case order
        /// It waits with the other: the same record, a parent, a child of a parent that is deleted, or who gives up the unique value that it takes.
        case bond
    }

    /// One dependency.
    struct Edge: Sendable, Equatable {
        let change: Int64
        let on: Int64
        let reason: Reason
    }

    private let shapes: [String: WriteShape]
    /// Columns whose values are followed: unique ones, and those by which others name their parents.
    private let followed: [String: Set<String>]

    private var lastOfRecord: [RecordKey: Int64] = [:]
    private var lastOfValue: [ValueKey: Event] = [:]
    private var takers: [ValueKey: [Int64]] = [:]
    private var givers: [ValueKey: [Int64]] = [:]
    /// Changes of a record that touch one of its unique columns.
    private var touches: [Touch: [Int64]] = [:]
    private var untold = UntoldReleases()
    /// Changes that name their parents by a value.
    private var namers: [ValueKey: [Int64]] = [:]
    private var lives: [String: Int64] = [:]
    /// Inserts of rows that come with their records' ids, by record.
    private var restored: [String: Change] = [:]
    private var children: [String: Set<Int64>] = [:]

    init(shapes: [String: WriteShape]) {
        self.shapes = shapes
        var followed = shapes.mapValues(\.uniqueColumns)
        for key in shapes.values.flatMap(\.parentKeys) {
            for parent in key.parentTables { followed[parent, default: []].insert(key.parentColumn) }
        }
        self.followed = followed
    }

    /// Takes changes in, after all that came before.
    ///
    /// - Returns: what they depend on.
    mutating func add(_ changes: [Change]) -> [Edge] {
        var edges: [Edge] = []
        var events: [ValueKey: [Event]] = [:]
        for change in changes {
            for key in Self.recordKeys(change) {
                if let last = lastOfRecord.updateValue(change.id, forKey: key) { add(&edges, change.id, on: last, .bond) }
            }
            follow(change, &edges)
            untold.add(change, columns: followed[change.table] ?? [])
            let record = Self.recordKeys(change)[0]
            for (key, takes) in allEvents(of: change) {
                events[key, default: []].append(Event(change: change.id, record: record, takes: takes))
            }
            for touch in touched(change) { touches[touch, default: []].append(change.id) }
        }
        for (key, list) in events where shapes[key.table]?.uniqueColumns.contains(key.column) ?? false { order(list, of: key, &edges) }
        for (key, list) in events {
            takers[key, default: []] += list.filter(\.takes).map(\.change)
            givers[key, default: []] += list.filter { !$0.takes }.map(\.change)
        }
        for change in changes {
            orderAfterChildren(change, &edges)
            orderChild(change, &edges)
        }
        return edges
    }

    /// Takes in what an update that waits says since a change of its row failed, which is sent again with it: values, and parents by external ids.
    ///
    /// - Parameter update: as it was taken in, and mending now.
    /// - Returns: the parents that it waits for besides.
    mutating func mend(_ update: Change) -> [Edge] {
        func insert(_ id: Int64, into list: inout [Int64]) {
            if !list.contains(id) { list.insert(id, at: list.firstIndex { $0 > id } ?? list.endIndex) }
        }
        for (key, takes) in valueEvents(update) {
            if takes { insert(update.id, into: &takers[key, default: []]) } else { insert(update.id, into: &givers[key, default: []]) }
            if lastOfValue[key] == nil {
                lastOfValue[key] = Event(change: update.id, record: Self.recordKeys(update)[0], takes: takes)
            }
        }
        for touch in touched(update) { insert(update.id, into: &touches[touch, default: []]) }
        for parent in parents(update) { children[parent, default: []].insert(update.id) }
        var edges: [Edge] = []
        for key in namedValues(update) where !(namers[key]?.contains(update.id) ?? false) {
            insert(update.id, into: &namers[key, default: []])
            if let parent = parent(of: update.id, by: key) { add(&edges, update.id, on: parent, .bond) }
        }
        return edges
    }

    /// Forgets a change that is settled.
    mutating func remove(_ change: Change) {
        for key in Self.recordKeys(change) where lastOfRecord[key] == change.id { lastOfRecord[key] = nil }
        for (key, takes) in allEvents(of: change) {
            if lastOfValue[key]?.change == change.id { lastOfValue[key] = nil }
            if takes { Self.remove(change.id, of: key, from: &takers) } else { Self.remove(change.id, of: key, from: &givers) }
        }
        for key in namedValues(change) { Self.remove(change.id, of: key, from: &namers) }
        for touch in touched(change) { Self.remove(change.id, of: touch, from: &touches) }
        untold.remove(change, columns: followed[change.table] ?? [])
        if let life = Self.life(change), lives[life] == change.id { lives[life] = nil }
        if let record = change.broughtSfid.map(Self.short), restored[record]?.id == change.id { restored[record] = nil }
        for parent in parents(change) {
            children[parent]?.remove(change.id)
            if children[parent]?.isEmpty ?? false { children[parent] = nil }
        }
    }

    private static func remove<Key: Hashable>(_ change: Int64, of key: Key, from lists: inout [Key: [Int64]]) {
        guard var list = lists[key] else { return }
        list.removeAll { $0 == change }
        lists[key] = list.isEmpty ? nil : list
    }

    private func add(_ edges: inout [Edge], _ change: Int64, on other: Int64, _ reason: Reason) {
        if change != other { edges.append(Edge(change: change, on: other, reason: reason)) }
    }

    // MARK: - One record

    /// The insert that waits of a row that comes with a record's id.
    ///
    /// - Parameter record: its id, of 15 or 18 characters.
    func restoration(of record: String) -> Change? { restored[Self.short(record)] }

    // MARK: - Parents by Salesforce id

    /// The record that a change begins or ends, where others may name it already.
    private static func life(_ change: Change) -> String? {
        switch change.action {
        case .insert: change.broughtSfid.map(short)
        case .delete: change.sfid.map(short)
        case .update: nil
        }
    }

    /// Parents that the row names or named.
    func parents(_ change: Change) -> Set<String> {
        guard let columns = shapes[change.table]?.referenceColumns, !columns.isEmpty else { return [] }
        var parents: Set<String> = []
        for column in columns {
            for value in [change.says(column) ?? nil, change.oldKeys[column]].compactMap(\.self) where !value.isEmpty {
                parents.insert(String(value.prefix(15)))
            }
        }
        return parents
    }

    private mutating func follow(_ change: Change, _ edges: inout [Edge]) {
        for parent in parents(change) {
            if let life = lives[parent] { add(&edges, change.id, on: life, .bond) }
            children[parent, default: []].insert(change.id)
        }
        if let record = change.broughtSfid.map(Self.short) { restored[record] = change }
        if let life = Self.life(change) {
            for child in children[life] ?? [] { add(&edges, change.id, on: child, .bond) }
            lives[life] = change.id
        }
    }

    // MARK: - Values

    private struct Event {
        let change: Int64
        let record: RecordKey
        let takes: Bool
    }

    private struct Touch: Hashable {
        let record: RecordKey
        let column: String
    }

    private func touched(_ change: Change) -> [Touch] {
        let columns = shapes[change.table]?.uniqueColumns.filter { change.action == .delete || change.says($0) != nil } ?? []
        return columns.map { Touch(record: Self.recordKeys(change)[0], column: $0) }
    }

    /// Whether a change may take a unique value from its record.
    func touchesUniqueValues(_ change: Change) -> Bool { !touched(change).isEmpty }

    /// The values that a change takes or gives up. An update that does not name a column does neither.
    func valueEvents(_ change: Change) -> [(key: ValueKey, takes: Bool)] {
        var events: [(ValueKey, Bool)] = []
        for column in followed[change.table] ?? [] {
            let old = change.action == .insert ? nil : change.oldKeys[column]
            let new = change.action == .delete ? .some(nil) : change.says(column)
            guard let new else { continue }
            if let old, old.lowercased() != new?.lowercased() { events.append((ValueKey(change.table, column, old), false)) }
            if let new, !new.isEmpty { events.append((ValueKey(change.table, column, new), true)) }
        }
        return events
    }

    /// The values that a change takes or gives up, those included that it does not tell of.
    private func allEvents(of change: Change) -> [(key: ValueKey, takes: Bool)] {
        valueEvents(change) + untold.values(of: change).map { ($0, false) }
    }

    /// The unique values of a change that others which wait take as well; nil when there are none.
    func takenAgain(of change: Change) -> [ValueKey]? {
        let again = valueEvents(change).filter { key, takes in
            takes && takers[key] != nil && shapes[key.table]?.uniqueColumns.contains(key.column) ?? false
        }
        return again.isEmpty ? nil : again.map(\.key)
    }

    /// Changes that wait and take one of some values, and are older than another.
    func takers(of values: [ValueKey], before change: Int64) -> [Int64] {
        values.flatMap { (takers[$0] ?? []).filter { $0 < change } }
    }

    private mutating func order(_ list: [Event], of key: ValueKey, _ edges: inout [Edge]) {
        let earlier = lastOfValue[key]
        var events = list
        // A value may be taken before it is given up where the table itself does not keep it unique: whoever takes it goes after that.
        if earlier == nil, let first = events.first, first.takes, let giver = events.indices.first(where: { Self.isOfHolder($0, events) }) {
            events.insert(events.remove(at: giver), at: 0)
        }
        lastOfValue[key] = events.last
        let all = [earlier].compactMap(\.self) + events
        for (one, next) in zip(all, all.dropFirst()) {
            let isHandedOn = !one.takes && next.takes
            // Of two that take a value, the older has it: the other must not get it while that waits.
            add(&edges, next.change, on: one.change, next.takes && (isHandedOn || one.record != next.record) ? .bond : .order)
            guard isHandedOn, one.record != next.record else { continue }
            // Should the first fail to give the value up, the record's next change of the column does it.
            for later in touches[Touch(record: one.record, column: key.column)] ?? [] where one.change < later && later < next.change {
                add(&edges, next.change, on: later, .bond)
            }
        }
    }

    /// Whether a record gives up what it did not take here.
    private static func isOfHolder(_ place: Int, _ events: [Event]) -> Bool {
        !events[place].takes && !events[..<place].contains { $0.takes && $0.record == events[place].record }
    }

    // MARK: - Parents by external id

    /// The values by which a change names parents: the row is written with the record that holds the value by then.
    private func namedValues(_ change: Change) -> [ValueKey] {
        guard change.action != .delete else { return [] }
        return (shapes[change.table]?.parentKeys ?? []).flatMap { key -> [ValueKey] in
            guard let value = change.says(key.column) ?? nil, !value.isEmpty else { return [] }
            return key.parentTables.map { ValueKey($0, key.parentColumn, value) }
        }
    }

    /// A value is given up, by an update or with its record, when those are written that named it before.
    private func orderAfterChildren(_ change: Change, _ edges: inout [Edge]) {
        for (key, takes) in allEvents(of: change) where !takes {
            for child in namers[key] ?? [] where child < change.id { add(&edges, change.id, on: child, .bond) }
        }
    }

    private mutating func orderChild(_ change: Change, _ edges: inout [Edge]) {
        for key in namedValues(change) {
            namers[key, default: []].append(change.id)
            guard let parent = parent(of: change.id, by: key) else { continue }
            add(&edges, change.id, on: parent, .bond)
        }
    }

    /// Columns by which a change names parents that cannot be there before it: itself, and those whose changes wait for it in a circle.
    ///
    /// - Parameter inCircle: whether it is one of a circle; it names itself otherwise.
    func earlyParents(of change: Change, inCircle: Bool) -> Set<String> {
        guard let shape = shapes[change.table] else { return [] }
        let own = change.ownParents(by: shape.parentKeys)
        guard inCircle, change.action != .delete else { return own }
        let others = shape.parentKeys.filter { key in
            guard let value = change.says(key.column) ?? nil, !value.isEmpty else { return false }
            return key.parentTables.contains { parent(of: change.id, by: ValueKey($0, key.parentColumn, value)) != nil }
        }
        return own.union(others.map(\.column))
    }

    /// Whether a change names the record of another as its parent, by a value that the other gives that.
    func names(_ change: Change, parent: Int64) -> Bool {
        namedValues(change).contains { self.parent(of: change.id, by: $0) == parent }
    }

    /// The change that makes the parent that a change names; nil where the org has it already, or nobody makes it.
    private func parent(of change: Int64, by key: ValueKey) -> Int64? {
        guard let takers = takers[key] else { return nil }
        if let earlier = takers.last(where: { $0 < change }) { return earlier }
        // A child may come before its parent in one transaction; not where another record holds the value until later.
        guard let later = takers.first(where: { $0 > change }), !(givers[key] ?? []).contains(where: { $0 > change && $0 < later })
        else { return nil }
        return later
    }
}
