import Catalog
import MappedSchema

/// What a read is for. All else about it is the same.
enum ReadPurpose: Sendable, Equatable {
    /// The whole table: for the first time, anew, because it has new columns, or for its ids alone.
    case load(LoadArgs.Reason)
    /// What changed in a window.
    case poll

    /// The state in which a mapping is while its object is described.
    var preparing: MappingState {
        switch self {
        case .load(.initial): .initial
        case .load(.reload): .reloadTable
        case .load(.columns): .schemaChanged
        case .load(.deletes): .pollingSFForDeletes
        case .poll: .pollingSFChanges
        }
    }

    /// The state in which a mapping is while Salesforce works on the query.
    var waiting: MappingState {
        switch self {
        case .load(.deletes): .pollingSFForDeletes
        case .load: .waitBulkLoad
        case .poll: .pollingSFBulk
        }
    }

    /// The state in which a mapping is while pages are loaded.
    var loading: MappingState {
        switch self {
        case .load(.deletes): .pollingSFForDeletes
        case .load: .loadingBulkJob
        case .poll: .pollingSFBulk
        }
    }

    /// Whether rows are merged; otherwise their ids are all that is asked for.
    var readsRows: Bool { self != .load(.deletes) }

    /// Whether rows that the query did not find are no longer in the org. New columns are filled beside polling, which looks after deletes.
    var comparesIDs: Bool { self != .poll && self != .load(.columns) }

    /// Whether the table is as the org was when the query was made: then its count is the org's.
    var findsEverything: Bool { self != .poll }

    /// Whether polls wait until this is done.
    var keepsPollsWaiting: Bool { self != .load(.columns) }

    /// Whether records in the recycle bin are asked for: a poll learns of deletions so, a load has no use for them.
    func includesDeleted(_ table: TableSchema) -> Bool { self == .poll && table.hasIsDeleted }
}
