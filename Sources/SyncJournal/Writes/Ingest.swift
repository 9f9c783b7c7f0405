/// A Bulk 2.0 job of Salesforce that writes, as it is noted before it begins.
public struct Ingest: Sendable, Hashable {
    /// Salesforce's id of the job.
    public let salesforceJob: String
    /// The mapped table.
    public let table: String
    /// What it does with its rows: `insert`, `upsert`, `update` or `delete`.
    public let operation: String
    /// The rows of the trigger log that it sends, as whoever began it writes them.
    public let changes: String

    /// A job that is about to begin.
    public init(salesforceJob: String, table: String, operation: String, changes: String) {
        self.salesforceJob = salesforceJob
        self.table = table
        self.operation = operation
        self.changes = changes
    }
}
