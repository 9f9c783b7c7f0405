public import Catalog
import Foundation
public import JobQueue
import LoggedChanges
import MappedSchema
import Postgres
import Salesforce
public import Sync

/// Has failed changes tried again or given up, and rows read again or overwritten, some hundred at a time. A step that is run again goes on from
/// where it was, and does nothing twice.
public struct ResolveStep: Sendable {
    /// How far it has come.
    struct Checkpoint: Codable, Sendable {
        /// The highest failed change when it began: what fails meanwhile is not meant.
        var upTo: Int64
        var after: Int64 = 0
        var changes = 0
        var retried = 0
        var givenUp = 0
        var rows = 0
        var missing = 0
        var rowsAfter = 0
    }

    static let chunk = 200

    let scope: SyncScope
    let mappings: [Mapping]
    let mapping: Mapping?
    let args: ResolveArgs

    /// - Parameters:
    ///   - mappings: those of the connection.
    ///   - mapping: the one that the job is about; nil is all of them.
    public init(scope: SyncScope, mappings: [Mapping], mapping: Mapping?, args: ResolveArgs) {
        self.scope = scope
        self.mappings = mappings
        self.mapping = mapping
        self.args = args
    }

    var log: TriggerLog { TriggerLog(schema: scope.connection.schemaName) }

    /// The selection, of the mapping that the job is about.
    var selection: ChangeSelection {
        var selection = args.selection
        if let mapping { selection.table = mapping.tableName }
        return selection
    }

    /// Does what was asked for.
    ///
    /// - Throws: `SyncError`, `SalesforceError`, `PostgresError`, `LeaseLost`.
    public func run() async throws -> JobOutcome {
        let saved: Checkpoint? = try scope.context.job.decodeProgress()
        let begun: Checkpoint
        if let saved {
            begun = saved
        } else {
            let (log, selection) = (log, selection)
            begun = Checkpoint(upTo: try await scope.target.pool.withSession { try log.countFailed(selection, in: $0).highest })
            try await scope.context.checkpoint(begun)
        }
        let done = try await args.action.isAboutRows ? resolveRows(begun) : resolveChanges(begun)
        let summary = Self.summary(args.action, done)
        try await scope.say(mapping: mapping, row: args.selection.row, "\(args.requestedBy) asked for \(args.action.rawValue): \(summary)")
        // Somebody waits for what waits again.
        _ = try await scope.context.queue.enqueue([.write(scope.connection.id, requestedBy: args.requestedBy)])
        return .completed(summary)
    }

    private static func summary(_ action: ResolveAction, _ done: Checkpoint) -> String {
        switch action {
        case .retry: "\(done.retried) failed changes wait again, \(done.givenUp) had nothing left to write"
        case .ignore: "\(done.givenUp) failed changes were given up"
        case .reread: "\(done.rows) rows were read again, \(done.missing) have no record in Salesforce"
        case .overwriteSalesforce: "\(done.rows) rows are written to Salesforce as they are"
        case .overwritePostgres:
            "\(done.rows) rows were made what Salesforce holds, \(done.missing) of them deleted, since it has no such record"
        }
    }

    private func resolveChanges(_ begun: Checkpoint) async throws -> Checkpoint {
        var state = begun
        let tables = try Dictionary(mappings.compactMap { try $0.table() }.map { ($0.table, $0) }, uniquingKeysWith: { first, _ in first })
        while true {
            try Task.checkCancellation()
            let (log, selection, action, now) = (log, selection, args.action, state)
            let done = try await scope.commit { session in
                if action == .retry {
                    return try log.retry(selection, tables: tables, after: now.after, upTo: now.upTo, limit: Self.chunk, in: session)
                }
                return try log.ignore(selection, after: now.after, upTo: now.upTo, limit: Self.chunk, in: session)
            } records: { [context = scope.context] done, session in
                guard done.changes > 0 else { return }
                try context.checkpoint(Self.adding(done, to: now), in: session)
            }
            guard done.changes > 0 else { return state }
            state = Self.adding(done, to: now)
            try await lowerCounts(done.tables)
        }
    }

    private static func adding(_ done: TriggerLog.Resolution, to state: Checkpoint) -> Checkpoint {
        var state = state
        state.after = done.last
        state.changes += done.changes
        state.retried += done.retried
        state.givenUp += done.givenUp
        return state
    }

    /// What failed no longer counts as failed at once; the writer counts anew.
    func lowerCounts(_ tables: [String: Int]) async throws {
        for (table, count) in tables {
            guard let mapping = mappings.first(where: { $0.tableName == table }), let now = try await scope.catalog.mapping(mapping.id)
            else { continue }
            try await scope.catalog.updateMapping(mapping.id, MappingUpdate(erroredWrites: max(0, now.erroredWrites - count)))
        }
    }
}

extension ChangeSelection {
    /// The row that is meant, where one is.
    fileprivate var row: EventRow? {
        let (rows, sfids) = (rows ?? [], sfids ?? [])
        return rows.count + sfids.count == 1 ? EventRow(id: rows.first, sfid: sfids.first) : nil
    }
}
