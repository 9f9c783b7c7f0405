import MappedSchema

/// Packs changes into full batches without reordering what must stay in order. Not only neighbours are packed together. A value without I/O.
///
/// In order stay: changes of one record; who takes a unique value, after who gives it up; who names a parent by its external id, after who
/// gives the parent that id; rows of a table, after earlier inserts into the tables that they refer to, and deletions of parents after earlier
/// changes of children.
struct WritePlan: Sendable, Equatable {
    /// Changes that go to Salesforce in one call: one table, one action, every record once.
    struct Batch: Sendable, Equatable {
        let table: String
        let action: Change.Action
        var changes: [Change]
    }

    /// Why a change must not be sent while another has not succeeded.
    struct Dependency: Sendable, Equatable {
        enum Kind: Sendable, Equatable {
            case record
            case parent
            /// The other gives the value of a unique column up that this one takes.
            case uniqueValue(column: String, value: String)
        }

        /// The other change's id.
        let on: Int64
        let kind: Kind
    }

    /// Batches of one wave do not depend on each other; a wave depends on the ones before it.
    let waves: [[Batch]]
    /// What each change depends on, by id.
    let dependencies: [Int64: [Dependency]]

    /// Plans changes given in the order of the log.
    ///
    /// - Parameters:
    ///   - shapes: what is known of each table, by name.
    ///   - batchSize: the most records of a call.
    init(_ changes: [Change], shapes: [String: WriteShape], batchSize: Int) {
        let graph = WriteGraph(changes, shapes: shapes)
        dependencies = graph.dependencies
        var lastInsertWave: [String: Int] = [:]
        var lastWave: [String: Int] = [:]
        var waveOf = [Int](repeating: 0, count: changes.count)
        var grouped: [[GroupKey: [Change]]] = []
        var order: [[GroupKey]] = []
        for index in graph.order {
            let change = changes[index]
            var wave = (graph.before[index].map { waveOf[$0] + 1 }.max() ?? 0)
            if change.action != .delete {
                for parent in shapes[change.table]?.references ?? [] where parent != change.table {
                    if let insert = lastInsertWave[parent] { wave = max(wave, insert + 1) }
                }
            } else {
                // A parent goes after the children that were deleted or moved away before it.
                for (child, shape) in shapes where child != change.table && shape.references.contains(change.table) {
                    if let last = lastWave[child] { wave = max(wave, last + 1) }
                }
            }
            waveOf[index] = wave
            lastWave[change.table] = max(lastWave[change.table] ?? 0, wave)
            if change.action == .insert { lastInsertWave[change.table] = max(lastInsertWave[change.table] ?? 0, wave) }
            while grouped.count <= wave {
                grouped.append([:])
                order.append([])
            }
            let key = GroupKey(table: change.table, action: change.action)
            if grouped[wave][key] == nil { order[wave].append(key) }
            grouped[wave][key, default: []].append(change)
        }
        waves = order.indices.map { wave in
            order[wave].flatMap { key in
                let members = grouped[wave][key]!
                return stride(from: 0, to: members.count, by: batchSize).map {
                    Batch(table: key.table, action: key.action, changes: Array(members[$0..<min($0 + batchSize, members.count)]))
                }
            }
        }
    }

    private struct GroupKey: Hashable {
        let table: String
        let action: Change.Action
    }
}
