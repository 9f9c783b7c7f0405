/// What a connection is doing, in the words of Heroku Connect's API.
public enum ConnectionState: String, Sendable, Hashable, CaseIterable, Codable {
    /// Healthy, with nothing to do at this instant.
    case idle = "IDLE"
    /// Reading changes from Postgres and writing them to Salesforce.
    case pollingDBChanges = "POLLING_DB_CHANGES"
    /// Stopped by a user.
    case paused = "PAUSED"
    /// Coming back after a new authorization or a recover.
    case recovery = "RECOVERY"
    /// Applying an import file.
    case importConfiguration = "IMPORT_CONFIGURATION"
    /// An unexpected failure stopped the sync.
    case systemError = "SYSTEM_ERROR"
    /// The target database cannot be reached or lacks its metadata tables.
    case dbUnavailable = "DB_UNAVAILABLE"
    /// More rows than allowed.
    case tooManyRows = "TOO_MANY_ROWS"
    /// Salesforce refuses the stored credentials.
    case unauthorized = "UNAUTHORIZED"
    /// The platform's own authorization was lost.
    case herokuUnauth = "HEROKU_UNAUTH"
    /// Just made, without a database.
    case new = "NEW"
    /// Has a database, waits for Salesforce credentials.
    case needAuthentication = "NEED_AUTHENTICATION"
    /// Working.
    case busy = "BUSY"
    /// The Salesforce org is inactive or locked.
    case inactiveOrg = "INACTIVE_ORG"
    /// Put away after long disuse.
    case systemOnIce = "SYSTEM_ON_ICE"

    /// The words on the dashboard.
    public var label: String {
        switch self {
        case .idle: "OK"
        case .pollingDBChanges: "Polling DB"
        case .paused: "Paused"
        case .recovery: "Re-enabling"
        case .importConfiguration: "Importing config"
        case .systemError: "Unexpected error"
        case .dbUnavailable: "DB Unavailable"
        case .tooManyRows: "Overlimit"
        case .unauthorized: "SF Auth Failed"
        case .herokuUnauth: "Heroku Auth failed"
        case .new: "New"
        case .needAuthentication: "Needs authorization"
        case .busy: "Busy"
        case .inactiveOrg: "Inactive org"
        case .systemOnIce: "On ice"
        }
    }

    /// Whether clients count the state as working order.
    public var isHealthy: Bool {
        switch self {
        case .idle, .pollingDBChanges, .importConfiguration, .busy: true
        default: false
        }
    }

    /// Whether polls, loads and writes may run.
    public var allowsSync: Bool { isHealthy || self == .recovery }

    /// Whether the API version may be changed: nothing is read or written, because somebody paused it or the org serves its version no more.
    public var allowsChangeOfVersion: Bool { self == .paused || self == .systemError }

    /// Whether a failure, not a person, brought the connection here.
    public var isError: Bool {
        switch self {
        case .systemError, .dbUnavailable, .tooManyRows, .unauthorized, .herokuUnauth, .inactiveOrg: true
        default: false
        }
    }
}
