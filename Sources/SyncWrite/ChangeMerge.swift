import LoggedChanges

/// The merged algorithm: all waiting changes of a record become one. A value without I/O.
///
/// Changes of a record are only merged where nothing between them touches what they touch: a value of a unique column, a parent. So the outcome is
/// the same as in order; only what lay between is not seen by the org.
struct ChangeMerge: Sendable {
    /// The changes that are left, in the order of the log.
    private(set) var changes: [Change] = []
    /// Changes of rows that were deleted before the org knew them: nothing of them is sent.
    private(set) var cancelled: [(change: Change, by: Int64)] = []

    private struct Unit {
        var change: Change
        let position: Int
        var touches: Set<Touch>
        let isSealed: Bool
    }

    private enum Touch: Hashable {
        case value(WriteKeys.ValueKey)
        case parent(String)
    }

    private let keys: WriteKeys
    private let shapes: [String: WriteShape]
    private var units: [Unit] = []
    private var unitOf: [WriteKeys.RecordKey: Int] = [:]
    private var touched: [Touch: (position: Int, unit: Int)] = [:]

    /// - Parameters:
    ///   - changes: in the order of the log.
    ///   - deletions: for inserts whose rows are gone, the change that deleted the row.
    init(_ changes: [Change], shapes: [String: WriteShape], deletions: [Int64: Int64] = [:]) {
        keys = WriteKeys(shapes: shapes)
        self.shapes = shapes
        for (position, change) in changes.enumerated() { add(change, at: position) }
        var ends: [WriteKeys.RecordKey: (insert: Int64, deletion: Int64)] = [:]
        for unit in units where unit.change.action == .insert && !unit.isSealed {
            if let deletion = deletions[unit.change.id] { ends[WriteKeys.recordKeys(unit.change)[0]] = (unit.change.id, deletion) }
        }
        for unit in units {
            // All that was done to the row while it was there, merged into its insert or not.
            let end = ends[WriteKeys.recordKeys(unit.change)[0]]
            if let end, unit.change.id >= end.insert, unit.change.id < end.deletion {
                cancelled.append((unit.change, end.deletion))
            } else {
                self.changes.append(unit.change)
            }
        }
        self.changes.sort { $0.id < $1.id }
    }

    private mutating func add(_ change: Change, at position: Int) {
        let recordKeys = WriteKeys.recordKeys(change)
        let touches = Set(keys.valueEvents(change).map { Touch.value($0.key) } + keys.parents(change).map(Touch.parent))
        let index: Int
        if let earlier = recordKeys.compactMap({ unitOf[$0] }).max(), canMerge(change, touches, into: earlier) {
            index = earlier
            let into = units[index].change
            units[index].change = into.merging(
                change, as: change.action == .delete ? change.id : into.id, lookups: shapes[change.table]?.sharedLookups ?? [])
            units[index].touches.formUnion(touches)
        } else {
            index = units.count
            units.append(Unit(change: change, position: position, touches: touches, isSealed: change.wasSent))
        }
        for key in recordKeys { unitOf[key] = index }
        // A deletion moves what it takes in to its own place.
        for touch in units[index].touches { touched[touch] = (position, index) }
    }

    private func canMerge(_ change: Change, _ touches: Set<Touch>, into index: Int) -> Bool {
        let unit = units[index]
        // What was sent may have been taken already, and a row that was inserted again is another.
        guard !change.wasSent, !unit.isSealed, change.action != .insert, unit.change.action != .delete else { return false }
        // Only the log's order tells which insert a deletion is about.
        guard unit.change.action != .insert || change.action == .update else { return false }
        return unit.touches.union(touches).allSatisfy { touch in
            touched[touch].map { $0.unit == index || $0.position < unit.position } ?? true
        }
    }
}
