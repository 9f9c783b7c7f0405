public import Foundation

/// What is done to failed changes and to rows that differ from their records.
public enum ResolveAction: String, Codable, Sendable, Hashable, CaseIterable {
    /// What the row holds now is captured again in place of a failed change.
    case retry
    /// A failed change is given up.
    case ignore
    /// The record is read again; changes that wait stay.
    case reread
    /// Salesforce gets what the row holds.
    case overwriteSalesforce = "overwrite_salesforce"
    /// The row gets what Salesforce holds; its changes that failed or wait are given up.
    case overwritePostgres = "overwrite_postgres"

    /// Whether it needs to know the mapping, because it is about rows and not only about changes.
    public var isAboutRows: Bool { self != .retry && self != .ignore }
}

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

/// Arguments of a `resolve` job.
public struct ResolveArgs: Codable, Sendable, Hashable {
    /// What is done.
    public let action: ResolveAction
    /// To what.
    public let selection: ChangeSelection
    /// Who asked.
    public let requestedBy: String

    /// Arguments.
    public init(action: ResolveAction, selection: ChangeSelection, requestedBy: String) {
        self.action = action
        self.selection = selection
        self.requestedBy = requestedBy
    }
}

/// What rows are shown of a mapping beside their records.
public enum RowState: String, Codable, Sendable, Hashable, CaseIterable {
    /// All of them.
    case any
    /// Those with a record, of which no change waits or failed.
    case synced
    /// Those of which a change waits.
    case pending
    /// Those of which a change failed.
    case failed
    /// Those that differ from their record.
    case different
    /// Those without a record.
    case onlyHere = "only_here"
    /// Records without a row.
    case onlyThere = "only_there"

    /// Whether only a look at Salesforce tells.
    public var needsSalesforce: Bool { [.different, .onlyHere, .onlyThere].contains(self) }
}

/// Arguments of an `explore` job.
public struct ExploreArgs: Codable, Sendable, Hashable {
    /// Which rows.
    public let state: RowState
    /// Only rows whose `id`, `sfid`, `_hc_err` or `name` holds this.
    public let search: String?
    /// Where the page begins: after this row's `id`, or after this record's id.
    public let after: String?
    /// The most rows.
    public let limit: Int
    /// With these the page is made of just the rows with these ids.
    public let rows: [Int64]?

    /// Arguments.
    public init(state: RowState, search: String? = nil, after: String? = nil, limit: Int, rows: [Int64]? = nil) {
        self.state = state
        self.search = search
        self.after = after
        self.limit = limit
        self.rows = rows
    }
}

/// Arguments of a `verify` job.
public struct VerifyArgs: Codable, Sendable, Hashable {
    /// Whether what differs is made what Salesforce holds.
    public let repairs: Bool
    /// Who asked.
    public let requestedBy: String

    /// Arguments.
    public init(repairs: Bool, requestedBy: String) {
        self.repairs = repairs
        self.requestedBy = requestedBy
    }
}

/// Arguments of a `delete_connection` job.
public struct DeleteConnectionArgs: Codable, Sendable, Hashable {
    /// Who asked.
    public let requestedBy: String

    /// Arguments.
    public init(requestedBy: String) {
        self.requestedBy = requestedBy
    }
}

/// Arguments of a `deliver` job.
public struct DeliverArgs: Codable, Sendable, Hashable {
    /// The outlet that is told.
    public let outlet: UUID

    /// Arguments.
    public init(outlet: UUID) {
        self.outlet = outlet
    }
}
