/// The kinds of jobs: what the API and the scheduler enqueue and the cluster runs.
public enum JobKind: String, Sendable, Hashable, CaseIterable, Codable {
    /// Applies an export file to a connection.
    case importConfiguration = "import"
    /// Loads or reloads one mapping's table.
    case load
    /// Brings one page of a bulk load into the staging table.
    case loadPage = "load_page"
    /// Reads what changed at Salesforce since the last poll.
    case poll
    /// Writes what the trigger log holds to Salesforce.
    case write
    /// Sweeps up behind the queue and the catalog; of no connection.
    case housekeeping
}
