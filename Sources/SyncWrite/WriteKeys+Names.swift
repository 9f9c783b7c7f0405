import LoggedChanges

// What a dependency is known by: a record, or a value of a column.
extension WriteKeys {
    /// A record, by its row and, where it is known, by its own id.
    enum RecordKey: Hashable, Sendable {
        case row(table: String, id: Int64)
        case record(String)
    }

    /// The row's `id` may have passed to another row between two changes; the record's id says for sure.
    static func recordKeys(_ change: Change) -> [RecordKey] {
        let row = RecordKey.row(table: change.table, id: change.recordID)
        guard let sfid = change.sfid ?? change.broughtSfid else { return [row] }
        return [row, .record(short(sfid))]
    }

    /// A record's id without the characters that only say the case of the others.
    static func short(_ sfid: String) -> String { String(sfid.prefix(15)) }

    /// A value of a column.
    struct ValueKey: Hashable, Sendable {
        let table: String
        let column: String
        let value: String

        /// Salesforce compares most unique values without regard to case; two values too many in one place only cost a call.
        init(_ table: String, _ column: String, _ value: String) {
            self.table = table
            self.column = column
            self.value = value.lowercased()
        }
    }
}
