import SandboxData
import SandboxQuery

/// Writes the records of a snapshot, a few megabytes at a time.
struct SnapshotWriter {
    private static let rowsOfRecord = 1000
    private static let bytesOfWrite = 4 << 20

    private let file: Int32
    private var gathered = JournalFrame.magic
    private var failure: StorageError?

    init(file: Int32) { self.file = file }

    mutating func write(_ record: StorageRecord) {
        gathered.append(contentsOf: JournalFrame.wrap(record.bytes))
        if gathered.count >= Self.bytesOfWrite { flush() }
    }

    /// First the schema, since rows are read under it.
    mutating func write(_ contents: OrgContents) {
        for change in contents.schemaChanges { write(.schema(change)) }
        for store in contents.stores {
            var rows: [StorageRecord.Row] = []
            store.forEachWritten { row, state in
                rows.append(StorageRecord.Row(object: store.object.index, row: row, state: state))
                guard rows.count == Self.rowsOfRecord else { return }
                write(.rows(rows, nil))
                rows.removeAll(keepingCapacity: true)
            }
            if !rows.isEmpty { write(.rows(rows, nil)) }
        }
        write(.rows([], contents.counters))
    }

    private mutating func flush() {
        if failure == nil { failure = DataDirectory.write(gathered, to: file) }
        gathered.removeAll(keepingCapacity: true)
    }

    /// Why it could not be written.
    mutating func finish() -> StorageError? {
        flush()
        return failure
    }
}
