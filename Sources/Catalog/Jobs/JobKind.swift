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
    /// Looks at many mappings of a connection at once, and has those polled in which something changed.
    case pollMany = "poll_many"
    /// Writes what the trigger log holds to Salesforce.
    case write
    /// Writes what the trigger log holds of some tables, beside those that do so of others.
    case writeLane = "write_lane"
    /// Asks Salesforce what an object is made of, for people who map it.
    case describe
    /// Looks whether a connection and its mappings are in order.
    case diagnose
    /// Compares what mappings read in two API versions.
    case compareVersions = "compare_versions"
    /// Has failed changes tried again, given up, read again or overwritten.
    case resolve
    /// Compares rows of a mapping with their records, for people who look at both.
    case explore
    /// Compares a whole mapping with its object, and mends it where that was asked for.
    case verify
    /// Lists the org's objects, for people who map them.
    case listObjects = "list_objects"
    /// Takes what Sluice made out of a connection's database, but for its tables, and forgets the connection.
    case deleteConnection = "delete_connection"
    /// Tells an outlet what waits for it.
    case deliver
    /// Moves what was processed a day ago from a connection's trigger log to its archive.
    case archive
    /// Plans, makes or takes back the adoption of a schema that Heroku Connect filled.
    case adopt
    /// Reads the records of which change events told.
    case catchUp = "catch_up"
    /// Sweeps up behind the queue and the catalog; of no connection.
    case housekeeping
}
