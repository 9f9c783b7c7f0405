import Catalog
import JobQueue
import LoggedChanges
import MappedSchema
import Postgres
import Salesforce
import SchemaInspection
import Sync
import SyncJournal

/// Rows that are read again or overwritten: those that are named, or those whose changes failed.
extension ResolveStep {
    func resolveRows(_ begun: Checkpoint) async throws -> Checkpoint {
        guard let mapping, let table = try mapping.table() else {
            throw SyncError(code: .removed, message: "the mapping is not loaded: its rows cannot be read or overwritten")
        }
        if args.action == .overwriteSalesforce, !table.isWritable {
            throw SyncError(
                code: .badConfiguration, message: "\(table.objectName) is mapped read-only: nothing of it is written to Salesforce")
        }
        var state = begun
        while true {
            try Task.checkCancellation()
            let (ids, sfids, next) = try await nextRows(table, state)
            guard !ids.isEmpty || !sfids.isEmpty else { return state }
            state = next
            if args.action == .overwriteSalesforce {
                state.rows += try await capture(ids, table)
            } else {
                let (rows, missing) = try await read(ids, sfids, table)
                state.rows += rows
                state.missing += missing
            }
            try await scope.context.checkpoint(state)
        }
    }

    /// The next rows by id, and records that have no row; with the checkpoint after them.
    private func nextRows(_ table: TableSchema, _ state: Checkpoint) async throws -> ([Int64], [String], Checkpoint) {
        var next = state
        if args.selection.namesRows {
            let ids = (args.selection.rows ?? []).dropFirst(state.rowsAfter).prefix(Self.chunk)
            let before = (args.selection.rows ?? []).count
            let sfids = ids.isEmpty ? (args.selection.sfids ?? []).dropFirst(max(0, state.rowsAfter - before)).prefix(Self.chunk) : []
            next.rowsAfter += ids.count + sfids.count
            return (Array(ids), Array(sfids), next)
        }
        let (log, selection) = (log, selection)
        let changes = try await scope.target.pool.withSession { session in
            try log.failedRows(selection, after: state.after, upTo: state.upTo, limit: Self.chunk, in: session)
        }
        next.after = changes.map(\.change).max() ?? state.after
        return (Set(changes.map(\.row)).sorted(), [], next)
    }

    private func capture(_ ids: [Int64], _ table: TableSchema) async throws -> Int {
        let (log, reason) = (log, "replaced: \(args.requestedBy) had the whole row written to Salesforce")
        let (captured, failed) = try await scope.commit { session in
            let failed = try log.giveUp(rows: ids, table: table.table, withWaiting: false, reason: reason, in: session)
            return (try log.captureWhole(rows: ids, table, in: session), failed)
        } records: { _, _ in
        }
        try await lowerCounts([table.table: failed])
        return captured
    }

    /// Reads the records of rows, or without any the records themselves, and merges them.
    private func read(_ ids: [Int64], _ sfids: [String], _ table: TableSchema) async throws -> (rows: Int, missing: Int) {
        let page = RowPage(of: table)
        let rows = try await scope.target.pool.withSession { try page.rows(ids: ids, in: $0) }
        let known = rows.compactMap(\.sfid) + sfids
        let found = try await RecordLookup(scope: scope, table: table).records(known)
        let (log, mappingID, overwrites) = (log, mapping?.id, args.action == .overwritePostgres)
        let reason = "given up: \(args.requestedBy) had the row \(overwrites ? "overwritten with what Salesforce holds" : "read again")"
        let result = try await scope.commit { session in
            let stage = try RecordLookup.stage(found, table, in: session)
            let settling = RowSettling(table: table, stage: stage, log: log)
            let failed = try settling.giveUp(rows: ids, withWaiting: overwrites, reason: reason, in: session)
            let deleted = try overwrites ? settling.deleteWithoutRecord(rows: ids, in: session) : 0
            var counts = try RowMerge(table: table, stage: stage).run(in: session)
            counts = counts + RowMerge.Counts(updated: try settling.markSynced(rows: ids, in: session), deleted: deleted)
            return (counts: counts, failed: failed)
        } records: { result, session in
            guard let mappingID, result.counts.total > 0 else { return }
            try CatalogStore.recordActivity(mappingID, .salesforceToDatabase, rows: result.counts.total, in: session)
            try CatalogStore.updateMapping(
                mappingID, MappingUpdate(dbCountChange: result.counts.inserted - result.counts.deleted), in: session)
        }
        try await lowerCounts([table.table: result.failed])
        return (found.count, max(0, ids.count + sfids.count - found.count))
    }
}
