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
    /// The row's `id`.
    public let recordID: Int64
    /// The record's Salesforce id, as far as it was known when the change was captured.
    public let sfid: String?
    /// Column names and texts: the whole row of an insert, the changed columns of an update.
    public let values: [String: String?]
    /// Whether an earlier attempt sent this change and never recorded the answer.
    public let wasSent: Bool
}
