public import Catalog
import Foundation
public import JobQueue
import Logging
import MappedSchema
import Postgres
import Salesforce

/// Loads a mapped table, for the first time or again. A reload never shows an empty or partial table and keeps `id`s: rows are staged,
/// merged by `sfid`, and what the org no longer has is deleted last.
public struct LoadStep: Sendable {
    /// How far a load has come.
    struct Checkpoint: Codable, Sendable {
        /// Salesforce's clock when the load began: the watermark once it is done.
        var startedAt: Date
        var bulk: BulkRead.Checkpoint
        /// What came of it, once all is committed: whoever runs the job again has nothing left to do.
        var outcome: String?
    }

    private let scope: SyncScope
    private let mapping: Mapping
    private let reason: LoadArgs.Reason

    /// A load of one mapping.
    public init(scope: SyncScope, mapping: Mapping, reason: LoadArgs.Reason) {
        self.scope = scope
        self.mapping = mapping
        self.reason = reason
    }

    /// Goes on from where the last run of the job stopped.
    ///
    /// - Throws: `SyncError`, `SalesforceError`, `PostgresError`, `LeaseLost`.
    public func run() async throws -> JobOutcome {
        let checkpoint: Checkpoint
        if let saved: Checkpoint = try scope.context.job.decodeProgress() {
            if let outcome = saved.outcome { return .completed(outcome) }
            checkpoint = saved
        } else if try await BulkRead.isBusy(mapping, besides: scope) {
            return .snooze(.seconds(2))
        } else {
            checkpoint = try await begin()
            try await scope.context.checkpoint(checkpoint)
        }
        guard let table = try await scope.catalog.mapping(mapping.id)?.table() else {
            throw SyncError(code: .removed, message: "the mapping of \(mapping.objectName) was removed during its load")
        }
        let read = BulkRead(scope: scope, mapping: mapping, table: table)
        do {
            switch try await read.advance(checkpoint.bulk) {
            case .wait(let bulk, let pause):
                if bulk.hasPages != checkpoint.bulk.hasPages {
                    try await scope.update(mapping, MappingUpdate(state: .loadingBulkJob))
                }
                try await scope.context.checkpoint(Checkpoint(startedAt: checkpoint.startedAt, bulk: bulk))
                return .snooze(pause)
            case .done:
                return .completed(try await finish(table, checkpoint))
            }
        } catch let error as SyncError {
            try await read.startOver(because: error)
            throw error
        }
    }

    /// Describes the object, brings the table to its shape, and starts the query.
    private func begin() async throws -> Checkpoint {
        let state: MappingState =
            switch reason {
            case .initial: .initial
            case .reload: .reloadTable
            case .columns: .schemaChanged
            }
        let (lease, mappingID) = (scope.lease, mapping.id)
        try await scope.catalog.pool.transaction { session in
            try JobQueue.hold(lease, in: session)
            try CatalogStore.reopenTrouble(of: mappingID, source: .load, in: session)
            try CatalogStore.updateMapping(mappingID, MappingUpdate(state: state, nextPoll: .never), in: session)
        }
        try await scope.say(mapping: mapping, "RELOAD TABLE \(mapping.tableName)")
        let table = try await TablePlan.make(for: mapping, schema: scope.connection.schemaName) { try await scope.salesforce.describe($0) }
        let ownership = SchemaOwnership(connection: scope.connection, controlDatabase: try await scope.catalog.controlDatabaseID())
        let change = try await scope.target.transaction(under: scope.lease) { session in
            try TargetMetadata.ensure(schema: table.schema, ownership: ownership, in: session)
            return try TargetTable.ensure(table, in: session)
        }
        let isEmpty = try await scope.target.pool.withSession { try MappedRows(of: table).isEmpty(in: $0) }
        let encoded = String(decoding: try JSONEncoder().encode(table), as: UTF8.self)
        try await scope.update(mapping, MappingUpdate(state: .waitBulkLoad, tableSchema: encoded))
        if !change.addedColumns.isEmpty || change.created {
            scope.logger.info(
                "Table ready", metadata: ["table": "\(table.qualifiedName)", "added": "\(change.addedColumns.joined(separator: ","))"])
        }
        try await scope.say(mapping: mapping, "Loading table \(table.table) via Bulk API 2.0")
        let soql = try SOQL.select(table.columns.map(\.field), from: table.objectName)
        let read = BulkRead(scope: scope, mapping: mapping, table: table)
        let bulk = try await read.begin(soql: soql, includeDeleted: false, isFresh: isEmpty)
        return Checkpoint(startedAt: bulk.createdAt, bulk: bulk)
    }

    /// Deletes what the org no longer has and advances the watermark to the beginning of the load. Each part may be done twice; the last says
    /// that all are done.
    private func finish(_ table: TableSchema, _ checkpoint: Checkpoint) async throws -> String {
        let (context, mapping, connectionID) = (scope.context, mapping, scope.connection.id)
        let progress = try await scope.catalog.loadProgress(context.job.id)
        let stage = StageTable.ofLoad(mappingID: mapping.id, jobID: context.job.id, table)
        let before = checkpoint.startedAt
        try await scope.target.transaction(under: scope.lease) { session in
            if checkpoint.bulk.isFresh { try RowMerge(table: table, stage: stage).adoptTwins(in: session) }
            try TargetTable.ensureIndexes(table, in: session)
        }
        let read = "\(progress.rows) rows in \(progress.pages) pages"
        @Sendable func outcome(deleted: Int) -> String { "\(read), \(progress.bytes) bytes, \(deleted) rows deleted" }
        let deleted = try await scope.commit { session in
            let deleted =
                checkpoint.bulk.isFresh ? 0 : try RowMerge(table: table, stage: stage).deleteMissing(stampedBefore: before, in: session)
            return (deleted: deleted, count: try MappedRows(of: table).count(in: session))
        } records: { result, session in
            try CatalogStore.updateMapping(
                mapping.id,
                MappingUpdate(
                    state: .dataSynced, watermark: checkpoint.startedAt, deleteWatermark: checkpoint.startedAt, nextPoll: .after(.zero),
                    dbCount: result.count, sfCount: progress.rows, moments: [.sfPolled, .dbWritten], solved: [.load, .loadPage, .poll]),
                in: session)
            try CatalogStore.retryParkedWrites(connectionID, mapping: mapping.id, in: session)
            try CatalogStore.deleteLoadPages(context.job.id, in: session)
            try CatalogStore.event(
                .info, connection: connectionID, mapping: mapping.id, job: context.job.id,
                "RELOAD COMPLETE \(mapping.objectName) \(read)", in: session)
            var done = checkpoint
            done.outcome = outcome(deleted: result.deleted)
            try context.checkpoint(done, in: session)
        }.deleted
        // The next load drops it otherwise.
        try await scope.target.transaction(under: scope.lease) { try stage.drop(in: $0) }
        try await scope.target.pool.withSession { try MappedRows(of: table).analyze(in: $0) }
        try? await scope.salesforce.deleteBulkQuery(checkpoint.bulk.bulkJobID)
        return outcome(deleted: deleted)
    }
}
