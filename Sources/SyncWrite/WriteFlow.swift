import HeapModule
import LoggedChanges

/// What a run has read of the log and not yet settled, and what of it may be sent. A value without I/O.
///
/// A change may be sent once everything that it depends on (`WriteKeys`) is settled. One that waits on holds what depends on it; one that failed
/// holds nothing: what its failure means for the next, such as a value that was not given up, is looked at when that is prepared.
struct WriteFlow: Sendable {
    /// Changes of one table and action that may be sent now, in the order of the log, every record once.
    struct Batch: Sendable, Equatable {
        let table: String
        let action: Change.Action
        var changes: [Change]
    }

    private struct Node: Sendable {
        var change: Change
        /// How many changes it waits for.
        var missing = 0
        var followers: [(id: Int64, reason: WriteKeys.Reason)] = []
        /// When it was given out.
        var givenOut: Int?
        var isOut: Bool { givenOut != nil }
        /// Whether it is known which record it takes over by its unique identifier, if it does.
        var isPlaced = false
        var takesOver: String?
        /// Columns that name parents which cannot be there before it.
        var earlyParents: Set<String> = []
    }

    private struct Group: Hashable {
        let table: String
        let action: Change.Action
    }

    private let shapes: [String: WriteShape]
    private var keys: WriteKeys
    private var nodes: [Int64: Node] = [:]
    private var ready: [Group: Heap<Int64>] = [:]
    private var held: Set<Int64> = []
    /// The first change that is held, by record.
    private var firstHeld: [WriteKeys.RecordKey: Int64] = [:]
    private var out = 0
    /// Counts what was given out and settled, to tell which came first.
    private var clock = 0
    /// When changes were settled that may have taken unique values from records, by record: those that were given out before may have been refused for
    /// what these had.
    private var released: [String: Int] = [:]
    private var mostReleased = Self.fewReleased
    private static let fewReleased = 4096
    /// Unique values that records were given, by record, and that changes which wait bring again: an insert takes the record over by its identifier.
    private var inherited: [String: [WriteKeys.ValueKey]] = [:]
    /// Rows whose inserts made records, by record, while later changes of them wait, which were read before these had an id.
    private var rowsOfMade: [String: WriteKeys.RecordKey] = [:]
    private var mostMade = Self.fewReleased
    /// Records whose deletions are held, or came to wait in the log behind what was read.
    private var doomed: Set<WriteKeys.RecordKey> = []
    /// Tables that cannot be written for now.
    private(set) var parked: Set<String>

    init(shapes: [String: WriteShape], parked: Set<String> = []) {
        self.shapes = shapes
        self.parked = parked
        keys = WriteKeys(shapes: shapes)
    }

    /// Changes that were read and are neither settled nor held.
    var count: Int { nodes.count }
    /// Changes that were not given out yet.
    var waiting: Int { nodes.count - out }
    /// Whether a change of the log that waits is among those that were read.
    @Sendable func hasRead(_ id: Int64) -> Bool { nodes[id] != nil || held.contains(id) }
    /// Whether something may be sent.
    var hasReady: Bool { ready.values.contains { heap in heap.unordered.contains { isReady($0) } } }

    /// The parents that a change's row names: what Salesforce locks while it writes the row.
    func locks(of change: Change) -> Set<String> {
        var locks = keys.parents(change)
        for key in shapes[change.table]?.parentKeys ?? [] {
            if let value = (change.values[key.column] ?? nil) ?? change.oldKeys[key.column] {
                locks.insert("\(key.column)=\(value.lowercased())")
            }
        }
        return locks
    }

    /// Whether a record, for whose value a change was refused, may have given it up by now, or is about to, as only the org could tell. What waits for
    /// the change itself is not about to do anything.
    ///
    /// - Parameter record: its Salesforce id, of 15 or 18 characters.
    func mayGiveUpValue(_ record: String, to change: Change) -> Bool {
        let record = WriteKeys.short(record)
        let id = place(of: change)
        if let began = nodes[id]?.givenOut, let settled = released[record], settled > began { return true }
        let names = [.record(record), rowsOfMade[record]].compactMap(\.self)
        if names.contains(where: { doomed.contains($0) || firstHeld[$0] ?? .max < id }) { return true }
        var candidates = nodes.values.filter { node in
            let isOfRecord = WriteKeys.recordKeys(node.change).contains { names.contains($0) }
            // A later deletion, too: it would delete what the change had made of the record.
            return node.change.id < id ? isOfRecord || node.takesOver == record : isOfRecord && node.change.action == .delete
        }.map(\.change.id)
        candidates += restoration(of: record, otherThan: change).map { [$0.id] } ?? []
        candidates += keys.takers(of: inherited[record] ?? [], before: id)
        guard !candidates.isEmpty else { return false }
        let bound = bound(to: id)
        return candidates.contains { !bound.contains($0) }
    }

    /// Where a change stands: an insert that is sent again, with the update that mends it.
    func place(of change: Change) -> Int64 { change.rows.filter { nodes[$0] != nil }.min() ?? change.id }

    /// Of inserts that are on their way and may be about to take records over by their unique identifiers, of which only the answers tell, the first one of
    /// each table: later changes may meet a record that loses a value by that.
    var firstUnplaced: [String: Int64] {
        nodes.values.reduce(into: [:]) { first, node in
            guard node.isOut, !node.isPlaced, node.change.isSentAsInsert, let column = shapes[node.change.table]?.upsertColumn,
                !((node.change.says(column) ?? nil) ?? "").isEmpty
            else { return }
            first[node.change.table] = min(first[node.change.table] ?? .max, node.change.id)
        }
    }

    /// Notes which records some changes take over by their unique identifiers, now that it is known.
    ///
    /// - Parameter records: their Salesforce ids, by change; of one that is not among them nothing new is known.
    mutating func notePlaces(of changes: [Change], takingOver records: [Int64: String] = [:]) {
        for change in changes {
            for row in change.rows {
                nodes[row]?.isPlaced = true
                if let record = records[change.id] { nodes[row]?.takesOver = WriteKeys.short(record) }
            }
        }
    }

    /// What waits as long as a change does.
    private func bound(to id: Int64) -> Set<Int64> {
        var bound: Set<Int64> = []
        var left = [id]
        while let next = left.popLast() {
            for follower in nodes[next]?.followers ?? [] where follower.reason == .bond && bound.insert(follower.id).inserted {
                left.append(follower.id)
            }
        }
        return bound
    }

    /// The insert of another row that comes with a record's id and is not settled yet.
    func restoration(of record: String, otherThan change: Change) -> Change? {
        keys.restoration(of: record).flatMap { $0.id == change.id ? nil : $0 }
    }

    /// Takes in changes of the log that come after all others.
    mutating func add(_ changes: [Change]) {
        for change in changes { nodes[change.id] = Node(change: change, earlyParents: keys.earlyParents(of: change, inCircle: false)) }
        var toHold: [Int64] = changes.filter { parked.contains($0.table) }.map(\.id)
        for edge in keys.add(changes) {
            if held.contains(edge.on) {
                if edge.reason != .order { toHold.append(edge.change) }
            } else if nodes[edge.on] != nil {
                nodes[edge.on]?.followers.append((edge.change, edge.reason))
                nodes[edge.change]?.missing += 1
            }
        }
        for change in changes where nodes[change.id]?.missing == 0 { makeReady(change) }
        hold(toHold)
    }

    /// Gives out changes of one table and action: those of the oldest that may be sent.
    mutating func next(limit: Int) -> Batch? {
        var oldest: (group: Group, id: Int64)?
        for (group, heap) in ready {
            guard let first = heap.min, first < oldest?.id ?? .max else { continue }
            oldest = (group, first)
        }
        guard let group = oldest?.group, var heap = ready.removeValue(forKey: group) else { return nil }
        var batch = Batch(table: group.table, action: group.action, changes: [])
        clock += 1
        while batch.changes.count < limit, let id = heap.popMin() {
            guard isReady(id), let node = nodes[id] else { continue }
            nodes[id]?.givenOut = clock
            out += 1
            batch.changes.append(node.change.leaving(out: node.earlyParents))
        }
        if !heap.isEmpty { ready[group] = heap }
        return batch.changes.isEmpty ? next(limit: limit) : batch
    }

    /// Notes that a change is done with: written, ignored, given up, or failed.
    ///
    /// - Parameter record: the record that was written.
    mutating func settle(_ id: Int64, as record: String? = nil) {
        guard let node = remove(id) else { return }
        keys.remove(node.change)
        if node.isOut, let record = node.change.broughtSfid { noteReleased(record) }
        if let record {
            let isTakenOver = node.takesOver != nil || node.change.isSentAsInsert && inherited[WriteKeys.short(record)] != nil
            if isTakenOver || node.change.action != .insert && keys.touchesUniqueValues(node.change) { noteReleased(record) }
            if let again = keys.takenAgain(of: node.change) { inherited[WriteKeys.short(record), default: []] += again }
            if node.change.isSentAsInsert, !node.followers.isEmpty { noteMade(record, by: node.change) }
        }
        for (follower, _) in record == nil ? handOn(node) : node.followers { release(follower) }
    }

    /// A failed insert is sent again with the next update of its row, and so is what failed with it: what comes behind that in the log or names the row
    /// as its parent, and waited for the one, waits for the other.
    ///
    /// - Returns: what waits no more.
    private mutating func handOn(_ node: Node) -> [(id: Int64, reason: WriteKeys.Reason)] {
        let failed = node.change
        let updates = node.followers.map(\.id).filter { id in
            guard let change = nodes[id]?.change else { return false }
            return change.action == .update && change.table == failed.table && change.recordID == failed.recordID
        }
        guard failed.isSentAsInsert, let id = updates.min(), let update = nodes[id]?.change else { return node.followers }
        let heir = update.mending(failed.mended.merging(failed.values) { $1 })
        nodes[id]?.change = heir
        let edges = keys.mend(heir)
        for edge in edges where nodes[edge.on] != nil {
            nodes[edge.on]?.followers.append((edge.change, edge.reason))
            nodes[edge.change]?.missing += 1
        }
        nodes[id]?.earlyParents = keys.earlyParents(of: heir, inCircle: false)
        let inherited = node.followers.filter { follower in
            follower.id > id || follower.id != id && nodes[follower.id].map { keys.names($0.change, parent: id) } ?? false
        }
        nodes[id]?.followers += inherited
        if edges.contains(where: { held.contains($0.on) }) { hold([id]) }
        let ids = Set(inherited.map(\.id))
        return node.followers.filter { !ids.contains($0.id) }
    }

    /// Notes that a record's deletion waits in the log, and was not read: another run writes it.
    mutating func noteDoomed(_ record: String) { doomed.insert(.record(WriteKeys.short(record))) }

    /// Notes that changes wait on, and with them what depends on them.
    mutating func hold(_ ids: [Int64]) {
        var left = ids
        while let id = left.popLast() {
            guard let node = remove(id) else { continue }
            held.insert(id)
            if node.change.action == .delete { doomed.formUnion(WriteKeys.recordKeys(node.change)) }
            for record in WriteKeys.recordKeys(node.change) + [node.takesOver.map { .record($0) }].compactMap(\.self) {
                firstHeld[record] = min(firstHeld[record] ?? .max, id)
            }
            for (follower, reason) in node.followers {
                if reason == .order { release(follower) } else { left.append(follower) }
            }
        }
    }

    /// Gives out no more of a table.
    mutating func park(_ table: String) {
        parked.insert(table)
        hold(nodes.values.filter { $0.change.table == table && !$0.isOut }.map(\.change.id))
    }

    /// Lets the oldest of changes go that wait for each other in a circle: without the parents that wait for it.
    ///
    /// - Returns: whether there was one.
    mutating func breakCircle() -> Bool {
        guard out == 0, !hasReady, let oldest = nodes.keys.min(), let change = nodes[oldest]?.change else { return false }
        nodes[oldest]?.missing = 0
        nodes[oldest]?.earlyParents = keys.earlyParents(of: change, inCircle: true)
        makeReady(change)
        return true
    }

    private mutating func noteReleased(_ record: String) {
        clock += 1
        released[WriteKeys.short(record)] = clock
        guard released.count > mostReleased else { return }
        let oldest = nodes.values.compactMap(\.givenOut).min() ?? clock
        released = released.filter { $0.value > oldest }
        mostReleased = max(Self.fewReleased, released.count * 2)
    }

    private mutating func noteMade(_ record: String, by insert: Change) {
        rowsOfMade[WriteKeys.short(record)] = .row(table: insert.table, id: insert.recordID)
        guard rowsOfMade.count > mostMade else { return }
        let waiting = Set(nodes.values.map { WriteKeys.RecordKey.row(table: $0.change.table, id: $0.change.recordID) })
        rowsOfMade = rowsOfMade.filter { waiting.contains($0.value) }
        mostMade = max(Self.fewReleased, rowsOfMade.count * 2)
    }

    // MARK: - Nodes

    private func isReady(_ id: Int64) -> Bool { nodes[id].map { $0.missing == 0 && !$0.isOut } ?? false }

    private mutating func makeReady(_ change: Change) {
        ready[Group(table: change.table, action: change.action), default: []].insert(change.id)
    }

    private mutating func release(_ id: Int64) {
        guard let node = nodes[id], node.missing > 0 else { return }
        nodes[id]?.missing -= 1
        if node.missing == 1 { makeReady(node.change) }
    }

    private mutating func remove(_ id: Int64) -> Node? {
        guard let node = nodes.removeValue(forKey: id) else { return nil }
        if node.isOut { out -= 1 }
        return node
    }
}
