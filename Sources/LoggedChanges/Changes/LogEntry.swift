import Postgres

/// A waiting row of the trigger log as it was read: people and programs write into that table, so not every row is a change.
package enum LogEntry: Sendable, Equatable {
    /// A change that can be written.
    case change(Change)
    /// A row that says nothing that could be written, and why.
    case malformed(id: Int64, table: String, problem: String)

    /// The trigger log's id.
    package var id: Int64 {
        switch self {
        case .change(let change): change.id
        case .malformed(let id, _, _): id
        }
    }

    /// The columns of a log row.
    package struct Row: Sendable {
        package let id: Int64
        package let table: String
        package let action: String?
        package let recordID: Int64?
        package let sfid: String?
        package let values: String?
        package let old: String?
        package let transaction: Int64?
        package let wasSent: Bool
    }

    /// - Parameter keyColumns: columns of the table whose old values matter, since they are unique or name a parent.
    package init(_ row: Row, keyColumns: Set<String>) {
        func malformed(_ problem: String) -> LogEntry { .malformed(id: row.id, table: row.table, problem: problem) }
        guard let action = row.action.flatMap(Change.Action.init(rawValue:)) else {
            self = malformed("action: expected INSERT, UPDATE or DELETE, found \(row.action.map { "\"\($0)\"" } ?? "NULL")")
            return
        }
        guard let recordID = row.recordID else {
            self = malformed("record_id: expected the id of a row of \(row.table), found NULL")
            return
        }
        let values: [String: String?]
        do {
            values = try HStoreText.parse(row.values ?? "")
        } catch {
            self = malformed("values: expected the text of an hstore, but \(error)")
            return
        }
        var oldKeys: [String: String] = [:]
        // What the row held before is never sent; one that cannot be read only says nothing of the values that it gives up.
        if !keyColumns.isEmpty, let old = row.old, let pairs = try? HStoreText.parse(old, only: keyColumns) {
            for (column, value) in pairs { oldKeys[column] = value }
        }
        self = .change(
            Change(
                id: row.id, table: row.table, action: action, recordID: recordID, sfid: row.sfid, values: values, oldKeys: oldKeys,
                transaction: row.transaction, wasSent: row.wasSent))
    }
}
