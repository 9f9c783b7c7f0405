/// What a mapping's reader is doing, in the words of Heroku Connect's API. Writes belong to the connection, not to the mapping.
public enum MappingState: String, Sendable, Hashable, CaseIterable, Codable {
    /// All rows are as they were at the last poll.
    case dataSynced = "DATA_SYNCED"
    /// The table is being made.
    case initial = "INITIAL"
    /// New columns are being filled.
    case resync = "RESYNC"
    /// The first load, or a reload.
    case reloadTable = "RELOAD_TABLE"
    /// The table is being altered to a changed configuration.
    case schemaChanged = "SCHEMA_CHANGED"
    /// Reading changes.
    case pollingSFChanges = "POLLING_SF_CHANGES"
    /// Reading many changes through the Bulk API.
    case pollingSFBulk = "POLLING_SF_BULK"
    /// Looking for deleted records.
    case pollingSFForDeletes = "POLLING_SF_FOR_DELETES"
    /// Waiting for Salesforce to finish the bulk job of a load.
    case waitBulkLoad = "WAIT_BULK_LOAD"
    /// Taking in the results of a bulk load.
    case loadingBulkJob = "LOADING_BULK_JOB"
    /// Filling relationship external id columns.
    case resolveExternalIDs = "RESOLVE_EXTERNAL_IDS"
    /// A bulk load failed for good.
    case bulkLoadError = "BULK_LOAD_ERROR"
    /// Waiting for Salesforce to finish the bulk job of a poll.
    case waitBulkUpdate = "WAIT_BULK_UPDATE"
    /// Taking in the results of a bulk poll.
    case applyingBulkUpdate = "APPLYING_BULK_UPDATE"
    /// Reading relationship external ids anew.
    case pollExternalIDs = "POLL_EXTERNAL_IDS"
    /// Coming back after a failure.
    case recovery = "RECOVERY"
    /// A person ended the operation that ran.
    case aborted = "ABORTED"
    /// An unexpected failure.
    case systemError = "SYSTEM_ERROR"
    /// The target database cannot be reached.
    case dbUnavailable = "DB_UNAVAILABLE"
    /// The configuration does not fit the org.
    case badConfig = "BAD_CONFIG"
    /// Salesforce no longer has the object.
    case syncRemoved = "SYNC_REMOVED"
    /// The Salesforce org is inactive or locked.
    case inactiveOrg = "INACTIVE_ORG"
    /// Salesforce refuses the stored credentials.
    case unauthorized = "UNAUTHORIZED"

    /// The words on the dashboard.
    public var label: String {
        switch self {
        case .dataSynced: "OK"
        case .initial: "Creating"
        case .resync: "Loading new columns"
        case .reloadTable: "Reloading"
        case .schemaChanged: "Altering DB schema"
        case .pollingSFChanges: "Polling SF"
        case .pollingSFBulk: "Polling SF [bulk]"
        case .pollingSFForDeletes: "Polling SF [deletes]"
        case .waitBulkLoad, .waitBulkUpdate: "Waiting for bulk job"
        case .loadingBulkJob: "Loading bulk job"
        case .resolveExternalIDs: "Resolving external ids"
        case .bulkLoadError: "Bulk load failed"
        case .applyingBulkUpdate: "Applying bulk update"
        case .pollExternalIDs: "Polling external ids"
        case .recovery: "Recovering"
        case .aborted: "Aborted"
        case .systemError: "Unexpected error"
        case .dbUnavailable: "DB Unavailable"
        case .badConfig: "Bad configuration"
        case .syncRemoved: "Removed from Salesforce"
        case .inactiveOrg: "Inactive org"
        case .unauthorized: "SF Auth Failed"
        }
    }

    /// Whether somebody must act before the mapping reads again.
    public var isError: Bool {
        switch self {
        case .bulkLoadError, .systemError, .dbUnavailable, .badConfig, .syncRemoved, .inactiveOrg, .unauthorized: true
        default: false
        }
    }

    /// Whether nothing is read or altered, and nothing is about to be.
    public var isAtRest: Bool { self == .dataSynced || self == .initial || self == .aborted || isError }

    /// Whether the mapping is on its way to working order.
    public var isTemporary: Bool {
        switch self {
        case .initial, .schemaChanged, .recovery: true
        default: false
        }
    }

    /// Whether clients count the state as working order.
    public var isHealthy: Bool { !isError && !isTemporary }

    /// Whether a poll for changes or deletes is under way.
    public var isPolling: Bool {
        switch self {
        case .pollingSFChanges, .pollingSFBulk, .pollingSFForDeletes, .waitBulkUpdate, .applyingBulkUpdate, .pollExternalIDs: true
        default: false
        }
    }
}
