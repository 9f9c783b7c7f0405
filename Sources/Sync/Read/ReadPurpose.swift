import Catalog
import MappedSchema

/// What a read is for. All else about it is the same.
enum ReadPurpose: Sendable, Equatable {
    /// The whole table: for the first time, anew, because it has new columns, or for its ids alone.
    case load(LoadArgs.Reason)
    /// What changed in a window.
    case poll
    /// The values of all records, for a comparison with the rows.
    case verify

    /// The state in which a mapping is while its object is described; nil leaves the one it has.
    var preparing: MappingState? {
        switch self {
        case .load(.initial): .initial
        case .load(.reload): .reloadTable
        case .load(.columns): .schemaChanged
        case .load(.deletes): .pollingSFForDeletes
        case .poll: .pollingSFChanges
        case .load(.refresh), .verify: nil
        }
    }

    /// The state in which a mapping is while Salesforce works on the query; nil leaves the one it has.
    var waiting: MappingState? {
        switch self {
        case .load(.deletes): .pollingSFForDeletes
        case .load(.refresh), .verify: nil
        case .load: .waitBulkLoad
        case .poll: .pollingSFBulk
        }
    }

    /// The state in which a mapping is while pages are loaded; nil leaves the one it has.
    var loading: MappingState? {
        switch self {
        case .load(.deletes): .pollingSFForDeletes
        case .load(.refresh), .verify: nil
        case .load: .loadingBulkJob
        case .poll: .pollingSFBulk
        }
    }

    /// Whether rows are merged; otherwise their ids are all that is asked for.
    var readsRows: Bool { self != .load(.deletes) }

    /// Whether rows that the query did not find are no longer in the org. Columns are filled beside polling, which looks after deletes.
    var comparesIDs: Bool { isLoad && !goesBesidePolling }

    /// Whether the table is as the org was when the query was made: then its count is the org's.
    var findsEverything: Bool { isLoad }

    /// Whether polls wait until this is done.
    var keepsPollsWaiting: Bool { self != .verify && !goesBesidePolling }

    private var goesBesidePolling: Bool { self == .load(.columns) || self == .load(.refresh) }

    private var isLoad: Bool { self != .poll && self != .verify }

    /// Whether records in the recycle bin are asked for: a poll learns of deletions so, a load has no use for them.
    func includesDeleted(_ table: TableSchema) -> Bool { self == .poll && table.hasIsDeleted }
}
