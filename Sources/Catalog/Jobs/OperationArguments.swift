public import Foundation
public import SharedValues

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

/// Arguments of an `explore` job.
public struct ExploreArgs: Codable, Sendable, Hashable {
    /// Which rows.
    public let state: MappedRowState
    /// Only rows whose `id`, `sfid`, `_hc_err` or `name` holds this.
    public let search: String?
    /// Where the page begins: after this row's `id`, or after this record's id.
    public let after: String?
    /// The most rows.
    public let limit: Int
    /// With these the page is made of just the rows with these ids.
    public let rows: [Int64]?

    /// Arguments.
    public init(state: MappedRowState, search: String? = nil, after: String? = nil, limit: Int, rows: [Int64]? = nil) {
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
