package import SandboxData
import Synchronization

/// What the writes of one transaction replaced, so that it can be rolled back as a whole after several requests.
///
/// It is in force for a task: `UndoJournal.$current.withValue(journal) { … }`. Readers can see the rows before the transaction ends, which a
/// real org prevents; what a client finds after the answer is the same.
package final class UndoJournal: Sendable {
    package struct Entry: Sendable {
        package let object: Int
        package let row: Int
        package let old: RowState?
        package let existed: Bool

        package init(object: Int, row: Int, old: RowState?, existed: Bool) {
            self.object = object
            self.row = row
            self.old = old
            self.existed = existed
        }
    }

    @TaskLocal package static var current: UndoJournal?

    private let noted = Mutex<[Entry]>([])

    /// Changes of the transaction that subscribers are to hear of when it commits.
    private let held = Mutex<[RowChange]>([])

    /// Rows that the transaction wrote, for a file that is told of them when it ends.
    private let touched = Mutex<[RecordID]>([])

    package init() {}

    package func hold(touched rows: [RecordID]) { touched.withLock { $0 += rows } }

    var touchedRows: [RecordID] { Set(touched.withLock { $0 }).sorted { ($0.object, $0.row) < ($1.object, $1.row) } }

    package func hold(_ changes: [RowChange]) { held.withLock { $0 += changes } }

    func takeHeld() -> [RowChange] {
        held.withLock { held in
            defer { held = [] }
            return held
        }
    }

    package var entries: [Entry] { noted.withLock { $0 } }

    /// Compares the tables before and after a write by what was added to their lists of changes.
    package func note(_ before: [Table], _ after: [Table]) {
        var entries: [Entry] = []
        for (old, new) in zip(before, after) where new.changes.count > old.changes.count {
            for change in new.changes[old.changes.count...] {
                entries.append(
                    Entry(
                        object: new.object.index, row: change.row, old: old.rows.state(change.row), existed: change.row < old.rows.count))
            }
        }
        let found = entries
        noted.withLock { $0.append(contentsOf: found) }
    }
}
