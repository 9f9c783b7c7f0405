/// Which failed changes or rows are meant: what is left out does not restrict, and with nothing all failed changes are.
public struct ChangeSelection: Codable, Sendable, Hashable {
    /// Changes, by the trigger log's ids.
    public var changes: [Int64]?
    /// Rows, by their `id`.
    public var rows: [Int64]?
    /// Records, by their Salesforce ids.
    public var sfids: [String]?
    /// Failed changes of this table.
    public var table: String?
    /// Failed changes of one cause, as the groups name it.
    public var cause: String?
    /// Failed changes whose message holds this, whatever its case.
    public var text: String?

    /// A selection.
    public init(
        changes: [Int64]? = nil, rows: [Int64]? = nil, sfids: [String]? = nil, table: String? = nil, cause: String? = nil,
        text: String? = nil
    ) {
        self.changes = changes
        self.rows = rows
        self.sfids = sfids
        self.table = table
        self.cause = cause
        self.text = text
    }

    /// Whether rows or records are named, and not failed changes.
    public var namesRows: Bool { rows != nil || sfids != nil }
}
