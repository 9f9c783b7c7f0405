/// The row that a line of the log speaks of.
public struct EventRow: Sendable, Hashable {
    /// Its `id` in the mapped table, as it was then; nil where only the record is known.
    public let id: Int64?
    /// Its record's Salesforce id, where it is known.
    public let sfid: String?

    /// Names a row.
    public init(id: Int64? = nil, sfid: String? = nil) {
        self.id = id
        self.sfid = sfid
    }
}
