/// Whether a row of the table is still the one that an insert made: `id`s pass to other rows when a table is dropped, truncated with RESTART
/// IDENTITY, restored or loaded anew. A value without I/O.
package struct RowIdentity: Sendable, Equatable {
    /// A row as it is in the table.
    package struct Row: Sendable, Equatable {
        package let id: Int64
        package let sfid: String?
        /// The transaction that wrote the row last, its lower 32 bits.
        package let writer: Int64
        /// The value of the unique identifier, where the mapping has one.
        package let key: String?

        package init(id: Int64, sfid: String?, writer: Int64, key: String?) {
            self.id = id
            self.sfid = sfid
            self.writer = writer
            self.key = key
        }
    }

    /// A change of the same table and `id` that is later in the log.
    package struct Later: Sendable, Equatable {
        package let action: Change.Action
        package let transaction: Int64?
        package let values: [String: String?]
        /// Whether a trigger wrote it, with what the row held before. The row need not have what people say in the log by hand.
        package let isCaptured: Bool
    }

    /// What can be said of a row.
    package enum Verdict: Sendable, Equatable {
        case same
        case other
        /// Only the row's values and the later changes can tell.
        case open
    }

    package let insert: Change
    package let upsertColumn: String?

    package init(insert: Change, upsertColumn: String?) {
        self.insert = insert
        self.upsertColumn = upsertColumn
    }

    /// What the row alone says, of which no later insert waits.
    ///
    /// - Parameter answered: the Salesforce id that the insert has got, if it has.
    package func verdict(_ row: Row, answered: String?) -> Verdict {
        if let brought = insert.broughtSfid, row.sfid == brought { return .same }
        let capturedKey = upsertColumn.flatMap { insert.values[$0] ?? nil }
        if let capturedKey, capturedKey == row.key { return .same }
        if Self.isWriter(insert.transaction, of: row) { return .same }
        if let sfid = row.sfid { return sfid == answered ? .same : .other }
        return .open
    }

    /// What the row says with its values and the later changes. A column that was dropped or renamed since says nothing.
    ///
    /// - Parameters:
    ///   - values: the row's columns now, all of them.
    ///   - later: those of the same row; no insert is among them.
    ///   - columns: those that count: mapped ones.
    ///   - recorder: the transaction in which the insert's last result was recorded, if it had one. Where that wrote the row, it knew it.
    package func isSame(
        _ row: Row, values: [String: String?], later: [Later], columns: [String], recorder: Int64? = nil
    ) -> Bool {
        if Self.isWriter(recorder, of: row) || later.contains(where: { Self.isWriter($0.transaction, of: row) }) { return true }
        var expected = insert.values
        for change in later where change.action == .update {
            if change.isCaptured {
                expected.merge(change.values) { $1 }
            } else {
                for column in change.values.keys { expected.removeValue(forKey: column) }
            }
        }
        return columns.allSatisfy { column in
            guard let wanted = expected[column], let found = values[column] else { return true }
            return wanted == found
        }
    }

    private static func isWriter(_ transaction: Int64?, of row: Row) -> Bool {
        transaction.map { $0 & 0xFFFF_FFFF == row.writer } ?? false
    }
}
