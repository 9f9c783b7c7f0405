import ForeignText
public import Foundation
public import Postgres

extension CatalogStore {
    /// Changes a mapping's record.
    ///
    /// - Returns: whether the mapping still exists.
    /// - Throws: `PostgresError`.
    @discardableResult
    public func updateMapping(_ id: UUID, _ update: MappingUpdate) async throws -> Bool {
        try await pool.withSession { try Self.updateMapping(id, update, in: $0) }
    }

    /// Changes a mapping's record in the caller's transaction.
    ///
    /// - Returns: whether the mapping still exists.
    /// - Throws: `PostgresError`.
    @discardableResult
    public static func updateMapping(_ id: UUID, _ update: MappingUpdate, in session: PostgresSession) throws -> Bool {
        if !update.solved.isEmpty { try solve(id, update.solved, in: session) }
        return try session.run(
            .prepared(
                """
                UPDATE sluice.mappings
                SET state = CASE \(update.state?.rawValue)::text
                        WHEN \(MappingState.dataSynced.rawValue) THEN coalesce(\(fragment: troubleState), \(update.state?.rawValue))
                        ELSE coalesce(\(update.state?.rawValue), state) END,
                    state_description = CASE WHEN \(update.state?.rawValue)::text IS NULL THEN state_description
                        ELSE coalesce(\(update.stateDescription.map { String(foreign: $0) }), \(fragment: troubleDescription)) END,
                    watermark = coalesce(\(update.watermark), watermark),
                    delete_watermark = coalesce(\(update.deleteWatermark), delete_watermark),
                    next_poll_at = CASE \(update.nextPoll?.word)::text
                        WHEN 'interval' THEN sluice.clock() + sf_polling_seconds * interval '1 second'
                        WHEN 'after' THEN sluice.clock() + coalesce(\(update.nextPoll?.delay)::interval, '0')
                        WHEN 'never' THEN NULL
                        ELSE next_poll_at END,
                    table_schema = coalesce(\(update.tableSchema)::jsonb, table_schema),
                    db_count = CASE
                        WHEN \(update.dbCount)::bigint IS NOT NULL THEN \(update.dbCount)::bigint
                        -- Without a count or a change there is nothing to add; GREATEST alone would make a zero of it.
                        WHEN db_count + \(update.dbCountChange)::bigint IS NULL THEN db_count
                        ELSE greatest(db_count + \(update.dbCountChange)::bigint, 0) END,
                    db_count_at = CASE WHEN \(update.dbCount)::bigint IS NULL THEN db_count_at ELSE sluice.clock() END,
                    db_count_kind = CASE WHEN \(update.dbCount)::bigint IS NOT NULL THEN \(update.dbCountKind.rawValue)
                        WHEN db_count IS NOT NULL AND \(update.dbCountChange)::bigint <> 0 THEN \(CountKind.estimated.rawValue)
                        ELSE db_count_kind END,
                    described_at = CASE WHEN \(update.isDescribed)::boolean THEN sluice.clock() ELSE described_at END,
                    describe_date = coalesce(\(update.describeDate), describe_date),
                    complete_watermark = coalesce(\(update.completeWatermark), complete_watermark),
                    sf_count = CASE WHEN \(update.isUncountable)::boolean THEN NULL ELSE coalesce(\(update.sfCount)::bigint, sf_count) END,
                    sf_count_at = CASE WHEN \(update.sfCount)::bigint IS NULL AND NOT \(update.isUncountable)::boolean THEN sf_count_at
                        ELSE sluice.clock() END,
                    sf_count_kind = CASE WHEN \(update.sfCount)::bigint IS NULL THEN sf_count_kind ELSE \(update.sfCountKind.rawValue) END,
                    pending_writes = coalesce(\(update.pendingWrites)::bigint, greatest(pending_writes + coalesce(\(update.pendingWritesChange)::bigint, 0), 0)),
                    errored_writes = coalesce(\(update.erroredWrites)::bigint, greatest(errored_writes + coalesce(\(update.erroredWritesChange)::bigint, 0), 0)),
                    sf_polled_at = CASE WHEN \(update.moments.contains(.sfPolled))::boolean THEN sluice.clock() ELSE sf_polled_at END,
                    sf_written_at = CASE WHEN \(update.moments.contains(.sfWritten))::boolean THEN sluice.clock() ELSE sf_written_at END,
                    db_polled_at = CASE WHEN \(update.moments.contains(.dbPolled))::boolean THEN sluice.clock() ELSE db_polled_at END,
                    db_written_at = CASE WHEN \(update.moments.contains(.dbWritten))::boolean THEN sluice.clock() ELSE db_written_at END,
                    updated_at = sluice.clock()
                WHERE id = \(id)
                """)) == 1
    }

    /// Moves a mapping to a state.
    ///
    /// - Returns: whether the mapping still exists.
    /// - Throws: `PostgresError`.
    @discardableResult
    public func setMappingState(_ id: UUID, _ state: MappingState, description: String? = nil) async throws -> Bool {
        try await updateMapping(id, MappingUpdate(state: state, stateDescription: description))
    }
}

extension MappingUpdate.NextPoll {
    fileprivate var word: String {
        switch self {
        case .afterInterval: "interval"
        case .after: "after"
        case .never: "never"
        }
    }

    fileprivate var delay: Duration? {
        if case .after(let delay) = self { delay } else { nil }
    }
}
