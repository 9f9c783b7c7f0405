import LoggedChanges
import SeededRandom
import Testing

@testable import SyncWrite

/// The planner against a model of an org that keeps a value unique: whatever few rows do to few values, in whatever order independent calls are
/// answered, and whichever changes have to wait for a later run, no call takes a value that another record has, and both sides end equal.
@Suite("Planning at random")
struct WriteModelTests {
    private struct Row: Equatable {
        var key: String?
        var name: String
    }

    /// What an application does to the table, as the capture sees it.
    private struct History {
        var rows: [Int64: Row] = [1: Row(key: "A", name: "a"), 2: Row(key: "B", name: "b"), 3: Row(key: nil, name: "c")]
        var log: [Change] = []
        /// Deletions of rows that the org does not know, by the insert.
        var deletions: [Int64: Int64] = [:]
        private var inserts: [Int64: Int64] = [:]
        private var nextRow: Int64 = 4

        init(_ random: inout SplitMix) {
            for id in 1...Int64.random(in: 1...14, using: &random) { step(id, &random) }
        }

        private mutating func step(_ id: Int64, _ random: inout SplitMix) {
            let key: String? = [nil, "A", "B", "C"].randomElement(using: &random) ?? nil
            let isTaken = key != nil && rows.values.contains { $0.key == key }
            let kind = Int.random(in: 0..<6, using: &random)
            if kind == 0 {
                if !isTaken { insert(id, key) }
                return
            }
            guard let row = rows.keys.sorted().randomElement(using: &random), let old = rows[row] else { return }
            switch kind {
            case 1: delete(id, row, old)
            case 2, 3:
                rows[row]?.name = "u\(id)"
                log.append(change(id, .update, row, ["name": "u\(id)"], old.key))
            default:
                guard !isTaken, old.key != key else { return }
                rows[row]?.key = key
                log.append(change(id, .update, row, ["key": key], old.key))
            }
        }

        private mutating func insert(_ id: Int64, _ key: String?) {
            rows[nextRow] = Row(key: key, name: "n\(id)")
            log.append(Change(id: id, table: "account", action: .insert, recordID: nextRow, values: ["key": key, "name": "n\(id)"]))
            inserts[nextRow] = id
            nextRow += 1
        }

        private mutating func delete(_ id: Int64, _ row: Int64, _ old: Row) {
            rows[row] = nil
            if let insert = inserts[row] { deletions[insert] = id } else { log.append(change(id, .delete, row, [:], old.key)) }
        }

        private func change(_ id: Int64, _ action: Change.Action, _ row: Int64, _ values: [String: String?], _ old: String?) -> Change {
            Change(
                id: id, table: "account", action: action, recordID: row, sfid: row < 4 ? "00100000000000\(row)" : nil, values: values,
                oldKeys: old.map { ["key": $0] } ?? [:])
        }

        /// With the deletions of rows that the org does not know yet, as the ordered algorithm sends them.
        var inOrder: [Change] {
            let revived = deletions.compactMap { insert, deletion -> Change? in
                guard let made = log.first(where: { $0.id == insert }) else { return nil }
                let keys = log.filter { $0.recordID == made.recordID }.compactMap { $0.values["key"] }
                let last = keys.last ?? nil
                return Change(
                    id: deletion, table: "account", action: .delete, recordID: made.recordID, oldKeys: last.map { ["key": $0] } ?? [:])
            }
            return (log + revived).sorted { $0.id < $1.id }
        }
    }

    private static let shapes = ["account": WriteShape(uniqueColumns: ["key"], upsertColumn: "key")]

    @Test("both sides end equal", arguments: [true, false])
    func ends(isMerged: Bool) {
        for seed in 1...UInt64(2000) {
            var random = SplitMix(seed: seed)
            let history = History(&random)
            var org = [1: Row(key: "A", name: "a"), 2: Row(key: "B", name: "b"), 3: Row(key: nil, name: "c")] as [Int64: Row]
            var waiting = isMerged ? history.log : history.inOrder
            var runs = 0
            while !waiting.isEmpty, runs < 60 {
                runs += 1
                let settled = run(waiting, isMerged ? history.deletions : nil, mayWait: runs < 4, seed, &org, &random)
                waiting.removeAll { settled.contains($0.id) }
            }
            #expect(org == history.rows, "seed \(seed)")
        }
    }

    /// Goes through the log once.
    ///
    /// - Returns: the rows of the log that are done with.
    private func run(
        _ log: [Change], _ deletions: [Int64: Int64]?, mayWait: Bool, _ seed: UInt64, _ org: inout [Int64: Row], _ random: inout SplitMix
    ) -> Set<Int64> {
        var changes = log
        var settled: Set<Int64> = []
        if let deletions {
            let merge = ChangeMerge(log, shapes: Self.shapes, deletions: deletions)
            changes = merge.changes
            settled = Set(merge.cancelled.flatMap(\.change.rows))
        }
        let cut = Int.random(in: 0...changes.count, using: &random)
        var unread = [Array(changes[..<cut]), Array(changes[cut...])]
        var flow = WriteFlow(shapes: Self.shapes)
        while true {
            if !unread.isEmpty, !flow.hasReady || Bool.random(using: &random) { flow.add(unread.removeFirst()) }
            var batches: [WriteFlow.Batch] = []
            while let batch = flow.next(limit: 3) { batches.append(batch) }
            if batches.isEmpty {
                if unread.isEmpty, !flow.breakCircle() { break }
                continue
            }
            for change in batches.shuffled(using: &random).flatMap(\.changes) {
                if mayWait, Int.random(in: 0..<5, using: &random) == 0 {
                    flow.hold([change.id])
                    continue
                }
                apply(change, seed, to: &org)
                settled.formUnion(change.rows)
                flow.settle(change.id)
            }
        }
        #expect(flow.count == 0, "seed \(seed)")
        return settled
    }

    private func apply(_ change: Change, _ seed: UInt64, to org: inout [Int64: Row]) {
        guard change.action != .delete else {
            org[change.recordID] = nil
            return
        }
        var row = org[change.recordID] ?? Row(key: nil, name: "")
        if let key = change.values["key"] { row.key = key }
        if let name = change.values["name"] ?? nil { row.name = name }
        let holder = row.key.flatMap { key in org.first { $0.key != change.recordID && $0.value.key == key } }
        #expect(holder == nil, "seed \(seed): the change \(change.id) takes what another has")
        org[change.recordID] = row
    }
}
