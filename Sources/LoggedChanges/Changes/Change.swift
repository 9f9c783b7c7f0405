/// One row of the trigger log that waits to be written to Salesforce.
public struct Change: Sendable, Equatable {
    /// What was done to the row.
    public enum Action: String, Sendable {
        /// A row was inserted.
        case insert = "INSERT"
        /// A row was updated.
        case update = "UPDATE"
        /// A row was deleted.
        case delete = "DELETE"
    }

    /// The trigger log's id: the order in which changes were made.
    public let id: Int64
    /// The mapped table.
    public let table: String
    /// What was done.
    public let action: Action
    /// The `id` that the row had then; by now another row may have it.
    public let recordID: Int64
    /// The record's Salesforce id, as far as the log knows it.
    public let sfid: String?
    /// Column names and texts: the whole row of an insert, the changed columns of an update.
    public let values: [String: String?]
    /// What the row held before in columns whose values are unique, or that name a parent.
    public let oldKeys: [String: String]
    /// Other rows of the log that this change says, too: those of the same record that were merged into it.
    public let merged: [Int64]
    /// The transaction that made the change.
    public let transaction: Int64?
    /// Whether an earlier attempt sent this change and never recorded the answer.
    public let wasSent: Bool
    /// Columns that are captured again, as an update, once the change is written: `values` has none of them.
    private(set) package var leftOut: [String] = []
    /// What changes of the row said that failed, from its insert on, and that are sent again with this update: for those who order changes.
    private(set) package var mended: [String: String?] = [:]

    package init(
        id: Int64, table: String, action: Action, recordID: Int64, sfid: String? = nil, values: [String: String?] = [:],
        oldKeys: [String: String] = [:], merged: [Int64] = [], transaction: Int64? = nil, wasSent: Bool = false
    ) {
        self.id = id
        self.table = table
        self.action = action
        self.recordID = recordID
        self.sfid = sfid
        self.values = values
        self.oldKeys = oldKeys
        self.merged = merged
        self.transaction = transaction
        self.wasSent = wasSent
    }

    /// All rows of the log that the change says.
    package var rows: [Int64] { merged.isEmpty ? [id] : [id] + merged }

    /// The Salesforce id that the row of an insert came with: a restored backup, a placeholder.
    package var broughtSfid: String? {
        guard action == .insert, let text = values["sfid"] ?? nil, !text.isEmpty else { return nil }
        return text
    }

    /// The same update, with what it mends.
    package func mending(_ values: [String: String?]) -> Change {
        var change = self
        change.mended = values
        return change
    }

    /// Whether the change is sent as an insert: it is one, or mends one.
    package var isSentAsInsert: Bool { action == .insert || !mended.isEmpty }

    /// What the row has in a column once the change is written; nil when the change does not say.
    package func says(_ column: String) -> String?? { values[column] ?? mended[column] }

    /// The same change without some of its columns, which are captured again once it is written.
    package func leaving(out columns: Set<String>) -> Change {
        guard !columns.isEmpty else { return self }
        var change = Change(
            id: id, table: table, action: action, recordID: recordID, sfid: sfid, values: values.filter { !columns.contains($0.key) },
            oldKeys: oldKeys, merged: merged, transaction: transaction, wasSent: wasSent)
        change.leftOut = columns.sorted()
        return change
    }

    /// The same insert, of a row that has a Salesforce id by now.
    package func bringing(sfid: String) -> Change {
        var change = Change(
            id: id, table: table, action: action, recordID: recordID, sfid: self.sfid, values: values.merging(["sfid": sfid]) { $1 },
            oldKeys: oldKeys, merged: merged, transaction: transaction, wasSent: wasSent)
        change.leftOut = leftOut
        return change
    }

    /// The same change, saying what later ones of its record say, too.
    ///
    /// - Parameters:
    ///   - change: the later one.
    ///   - id: which of the log's rows stands for all of them.
    ///   - lookups: columns that set one lookup between them: what the later change says of it with one is not said any more by another.
    package func merging(_ change: Change, as id: Int64, lookups: [Set<String>]) -> Change {
        let said = lookups.filter { !$0.isDisjoint(with: change.values.keys) }.reduce(into: Set<String>()) { $0.formUnion($1) }
        let others = ([self.id, change.id] + merged + change.merged).filter { $0 != id }
        let action: Action = change.action == .delete ? .delete : self.action
        // What the org has: not what the row held between the two.
        let before = oldKeys.merging(change.oldKeys.filter { values[$0.key] == nil }) { one, _ in one }
        let merged = Change(
            // The answer to an insert is its own: a row may have got another record before it was sent.
            id: id, table: table, action: action, recordID: change.recordID, sfid: action == .insert ? sfid : change.sfid ?? sfid,
            values: action == .delete ? [:] : values.filter { !said.contains($0.key) }.merging(change.values) { $1 }, oldKeys: before,
            merged: others.sorted(), transaction: change.transaction, wasSent: false)
        return action == .update ? merged.mending(mended) : merged
    }

    /// The same change, with the Salesforce id that the log knows by now.
    package func knowing(sfid: String?) -> Change {
        var change = Change(
            id: id, table: table, action: action, recordID: recordID, sfid: sfid ?? self.sfid, values: values, oldKeys: oldKeys,
            merged: merged, transaction: transaction, wasSent: wasSent)
        change.leftOut = leftOut
        return change
    }
}
