import Catalog
import Foundation
import JobQueue
import Postgres

/// The scheduler's statements: each looks at all connections or mappings at once and enqueues what is due.
enum DueWork {
    /// Enqueues polls of mappings whose time has come and sets their next time, on the beat of the last: a late look makes later ones no later. Many of one
    /// connection are looked at by one job.
    ///
    /// - Throws: `PostgresError`.
    static func enqueuePolls(in session: PostgresSession) throws {
        try session.run(
            .prepared(
                """
                WITH busy AS (
                    SELECT connection_id, count(*) AS size FROM sluice.mappings
                    WHERE next_poll_at IS NOT NULL
                      AND connection_id IN (SELECT connection_id FROM sluice.mappings WHERE next_poll_at <= sluice.clock())
                    GROUP BY connection_id
                ), due AS (
                    UPDATE sluice.mappings m
                    SET next_poll_at = CASE
                        WHEN c.poll_pause_seconds > m.sf_polling_seconds THEN sluice.clock() + interval '1 second' * c.poll_pause_seconds
                        -- Where there are many, all have the connection's beat, so that one look serves many.
                        WHEN busy.size >= \(fewestTogether) THEN to_timestamp(
                            (floor((extract(epoch FROM sluice.clock()) - c.internal_id % m.sf_polling_seconds) / m.sf_polling_seconds) + 1)
                            * m.sf_polling_seconds + c.internal_id % m.sf_polling_seconds)
                        ELSE m.next_poll_at + interval '1 second' * m.sf_polling_seconds
                            * (floor(extract(epoch FROM sluice.clock() - m.next_poll_at) / m.sf_polling_seconds) + 1)::double precision END
                    FROM busy, sluice.connections c
                    WHERE m.next_poll_at <= sluice.clock() AND busy.connection_id = m.connection_id AND c.id = m.connection_id
                      AND c.state = ANY (\(syncingStates)::text[]) AND (c.polls_rest_until IS NULL OR c.polls_rest_until <= sluice.clock())
                    RETURNING m.id, m.connection_id
                ), numbered AS (
                    SELECT id, connection_id, count(*) OVER own AS size, (row_number() OVER (own ORDER BY id) - 1) / \(mostInPack) AS pack
                    FROM due WINDOW own AS (PARTITION BY connection_id)
                ), enqueued AS (
                    \(fragment: JobQueue.enqueueing(polls))
                )
                SELECT pg_notify(\(JobQueue.channel), '') FROM (SELECT count(*) AS jobs FROM enqueued) AS e WHERE e.jobs > 0
                """), timeout: .seconds(30))
    }

    /// So many mappings of a connection have one beat, and those that are due at once are looked at together.
    private static let fewestTogether = 5
    /// Mappings that one job looks at.
    private static let mostInPack = 50

    private static let polls: PostgresQuery = """
        SELECT \(JobKind.poll.rawValue), connection_id, id, '{}'::jsonb, 40, 'poll:' || id, 'read:' || id FROM numbered WHERE size < \(fewestTogether)
        UNION ALL
        SELECT \(JobKind.pollMany.rawValue), connection_id, NULL::uuid, jsonb_build_object('mappings', jsonb_agg(id ORDER BY id)), 40,
               'poll_many:' || md5(string_agg(id::text, ',' ORDER BY id)), 'poll_many:' || connection_id || ':' || pack
        FROM numbered WHERE size >= \(fewestTogether) GROUP BY connection_id, pack
        """

    /// Enqueues writes of connections that are due for a look at their trigger log, or whose log has announced changes.
    ///
    /// - Parameter announced: connections whose trigger log has changed.
    /// - Throws: `PostgresError`.
    static func enqueueWrites(announced: Set<UUID>, safetyNet: Duration, in session: PostgresSession) throws {
        try session.run(
            .prepared(
                """
                WITH due AS (
                    UPDATE sluice.connections c SET next_write_poll_at = sluice.clock() + \(safetyNet)::interval
                    WHERE c.state = ANY (\(syncingStates)::text[]) AND EXISTS (
                        -- What read-only tables capture is not written, but moves to the archive in its time.
                        SELECT FROM sluice.mappings m
                        WHERE m.connection_id = c.id AND m.table_schema IS NOT NULL
                          AND (c.next_write_poll_at <= sluice.clock() OR m.access = 'read_write' AND c.id = ANY (\(Array(announced))::uuid[]))
                    )
                    RETURNING c.id
                ), enqueued AS (
                    \(fragment: JobQueue.enqueueing("SELECT \(JobKind.write.rawValue), id, NULL::uuid, '{}'::jsonb, 20, 'write:' || id, 'write:' || id FROM due"))
                )
                SELECT pg_notify(\(JobQueue.channel), '') FROM (SELECT count(*) AS jobs FROM enqueued) AS e WHERE e.jobs > 0
                """), timeout: .seconds(30))
    }

    /// Enqueues the archiving of trigger logs that were not looked through for an hour.
    ///
    /// - Throws: `PostgresError`.
    static func enqueueArchives(in session: PostgresSession) throws {
        try session.run(
            .prepared(
                """
                WITH due AS (
                    UPDATE sluice.connections c SET next_archive_at = sluice.clock() + interval '1 hour'
                    WHERE c.next_archive_at <= sluice.clock() AND c.state = ANY (\(syncingStates)::text[])
                      AND EXISTS (SELECT FROM sluice.mappings m WHERE m.connection_id = c.id AND m.table_schema IS NOT NULL)
                    RETURNING c.id
                ), enqueued AS (
                    \(fragment: JobQueue.enqueueing("SELECT \(JobKind.archive.rawValue), id, NULL::uuid, '{}'::jsonb, 120, 'archive:' || id, 'archive:' || id FROM due"))
                )
                SELECT pg_notify(\(JobQueue.channel), '') FROM (SELECT count(*) AS jobs FROM enqueued) AS e WHERE e.jobs > 0
                """), timeout: .seconds(30))
    }

    /// How long until the next mapping or schedule is due, at most `limit`. What is overdue is not: it belongs to connections that rest.
    ///
    /// - Throws: `PostgresError`.
    static func pause(atMost limit: Duration, in session: PostgresSession) throws -> Duration {
        let row = try session.query(
            .prepared(
                """
                SELECT ceil(extract(epoch FROM least(
                    \(limit)::interval, (SELECT min(next_poll_at) FROM sluice.mappings WHERE next_poll_at > sluice.clock()) - sluice.clock(),
                    (\(fragment: JobQueue.nextSchedule)) - sluice.clock())) * 1000)::bigint
                    AS milliseconds
                """), timeout: .seconds(5))[0]
        return .milliseconds(try row.decode("milliseconds", as: Int.self))
    }

    /// States in which a connection's mappings are kept in step.
    static let syncingStates = ConnectionState.allCases.filter(\.allowsSync).map(\.rawValue)
}
