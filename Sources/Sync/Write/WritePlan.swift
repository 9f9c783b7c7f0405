/// Packs changes into full batches without reordering what must stay in order: changes of one record, and a parent's insert before the
/// changes of tables that refer to it. Not only neighbours are packed together. A value without I/O.
struct WritePlan: Sendable, Equatable {
    /// Changes that go to Salesforce in one call: one table, one action, every record once.
    struct Batch: Sendable, Equatable {
        let table: String
        let action: Change.Action
        var changes: [Change]
    }

    /// Batches of one wave do not depend on each other; a wave depends on the ones before it.
    let waves: [[Batch]]

    /// Plans changes given in the order of the log.
    ///
    /// - Parameters:
    ///   - references: for each table, the tables whose rows its rows refer to.
    ///   - batchSize: the most records of a call.
    init(_ changes: [Change], references: [String: Set<String>], batchSize: Int) {
        var waveOfRecord: [RecordKey: Int] = [:]
        var lastInsertWave: [String: Int] = [:]
        var grouped: [[GroupKey: [Change]]] = []
        var order: [[GroupKey]] = []
        for change in changes {
            let record = RecordKey(table: change.table, recordID: change.recordID)
            var wave = waveOfRecord[record].map { $0 + 1 } ?? 0
            if change.action != .delete {
                for parent in references[change.table] ?? [] where parent != change.table {
                    if let insert = lastInsertWave[parent] { wave = max(wave, insert + 1) }
                }
            } else {
                // A parent goes after the children that were deleted or moved away before it.
                for (child, parents) in references where child != change.table && parents.contains(change.table) {
                    if let last = Self.lastWave(of: child, in: grouped) { wave = max(wave, last + 1) }
                }
            }
            waveOfRecord[record] = wave
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

    private static func lastWave(of table: String, in grouped: [[GroupKey: [Change]]]) -> Int? {
        grouped.lastIndex { wave in wave.keys.contains { $0.table == table } }
    }

    private struct RecordKey: Hashable {
        let table: String
        let recordID: Int64
    }

    private struct GroupKey: Hashable {
        let table: String
        let action: Change.Action
    }
}
