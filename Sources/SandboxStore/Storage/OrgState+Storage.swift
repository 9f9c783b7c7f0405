package import SandboxData

extension OrgState {
    var counters: StorageRecord.Counters {
        StorageRecord.Counters(
            autoNumbers: autoNumbers, deleteLogStarts: tables.map(\.deleteLogStart),
            locked: locked.sorted { ($0.object, $0.row) < ($1.object, $1.row) })
    }

    /// What changed since it was asked last, as a record; nil when nothing did.
    ///
    /// - Parameter more: Rows to be in it as well.
    mutating func takeRecord(_ more: [RecordID]) -> StorageRecord? {
        var rows = takeTouched()
        if !more.isEmpty { rows = Set(rows + more).sorted { ($0.object, $0.row) < ($1.object, $1.row) } }
        let now = counters
        guard !rows.isEmpty || now != recorded else { return nil }
        defer { recorded = now }
        return .rows(self.rows(rows), now == recorded ? nil : now)
    }

    /// Rows that were written since this was asked last, once each and in order.
    package mutating func takeTouched() -> [RecordID] {
        var touched: [RecordID] = []
        for index in tables.indices where !tables[index].rows.touched.isEmpty {
            let rows = tables[index].rows.takeTouched()
            for row in rows.count > 1 ? Set(rows).sorted() : rows { touched.append(RecordID(object: index, row: row)) }
        }
        return touched
    }

    package func rows(_ ids: [RecordID]) -> [StorageRecord.Row] {
        ids.map { StorageRecord.Row(object: $0.object, row: $0.row, state: tables[$0.object].rows.state($0.row)) }
    }

    /// Does again what a record says was done.
    package mutating func replay(_ record: StorageRecord) throws(StorageError) {
        switch record {
        case .rows(let rows, let counters):
            for row in rows {
                guard row.object < tables.count else { throw StorageError(description: "a record names an object that is not there") }
                tables[row.object].load(row.row, row.state)
                lastStamp = max(lastStamp, row.state?.modstamp ?? 0)
            }
            guard let counters else { return }
            guard counters.autoNumbers.count == tables.count else {
                throw StorageError(description: "a record names an object that is not there")
            }
            autoNumbers = counters.autoNumbers
            for (index, start) in counters.deleteLogStarts.enumerated() { tables[index].deleteLogStart = start }
            locked = Set(counters.locked)
        case .schema(let made):
            do throws(SchemaError) {
                try change(made.changes, now: made.time, isReplay: true)
            } catch {
                throw StorageError(description: error.description)
            }
        case .session, .end: break
        }
    }

    /// Everything is read: from here on, writes are noted.
    mutating func finishReplay(_ journal: Journal) {
        for index in tables.indices {
            tables[index].finishLoading()
            tables[index].rows.isWatched = true
        }
        self.journal = journal
        recorded = counters
    }
}
