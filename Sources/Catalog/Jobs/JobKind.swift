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
    /// Asks Salesforce what an object is made of, for people who map it.
    case describe
    /// Looks whether a connection and its mappings are in order.
    case diagnose
    /// Compares what mappings read in two API versions.
    case compareVersions = "compare_versions"
    /// Sweeps up behind the queue and the catalog; of no connection.
    case housekeeping
}
