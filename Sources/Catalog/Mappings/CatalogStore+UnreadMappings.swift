import ForeignText
import Foundation
import JobQueue
public import Postgres

extension CatalogStore {
    /// Mappings looked after at a time.
    private static let mostUnread = 500
    /// After a load that failed, the next one rests: an outage is not made worse.
    private static let restAfterFailure = Duration.seconds(30)

    /// Looks after the mappings that nobody polls and no job loads any more, whatever ended the load: cancelled, given up, its worker lost too
    /// often, its row deleted. One that was loaded before is polled again from its old watermark; one that never was is loaded anew, and so is one
    /// whose reload ended for its connection's sake, which works again. Either says why. One whose first load cannot work as the mapping is waits,
    /// in its state, for a person.
    ///
    /// - Returns: how many were looked after.
    /// - Throws: `PostgresError`.
    @discardableResult
    public static func readUnread(in session: PostgresSession) throws -> Int {
        try session.transaction {
            let rows = try session.query(
                .prepared(
                    """
                    SELECT m.id, m.connection_id, m.object_name, m.watermark IS NOT NULL AS is_loaded,
                           m.watermark IS NULL OR m.state = ANY (\(ofTheConnection.map(\.rawValue))::text[]) AS loads_again, last.id AS job, last.state AS ended,
                           coalesce(last.last_error, last.outcome) AS reason
                    FROM sluice.mappings m
                    JOIN sluice.connections c ON c.id = m.connection_id
                    LEFT JOIN LATERAL (\(fragment: JobQueue.lastEndedJob(kind: JobKind.load.rawValue, mapping: "m.id"))) AS last ON true
                    WHERE (m.next_poll_at IS NULL OR m.watermark IS NULL)
                      AND c.state = ANY (\(ConnectionState.allCases.filter(\.allowsSync).map(\.rawValue))::text[])
                      AND (m.watermark IS NOT NULL OR m.state <> ALL (\(waitingForPeople.map(\.rawValue))::text[]))
                      AND NOT \(fragment: JobQueue.hasLiveJob(kind: JobKind.load.rawValue, mapping: "m.id"))
                      AND (m.watermark IS NOT NULL AND m.state <> ALL (\(ofTheConnection.map(\.rawValue))::text[])
                           OR last.state IS NULL OR last.state = 'cancelled' OR last.finished_at < sluice.clock() - \(restAfterFailure)::interval)
                    LIMIT \(mostUnread)
                    FOR NO KEY UPDATE OF m SKIP LOCKED
                    """), timeout: .seconds(30))
            try lookAfter(try rows.map(Unread.init(row:)), in: session)
            return rows.count
        }
    }

    /// States of a first load that the mapping, its table or its object must be changed to leave, or that somebody wanted.
    private static let waitingForPeople: [MappingState] = [.badConfig, .systemError, .syncRemoved, .aborted]

    /// States that are the connection's: when it goes on, so does what they ended.
    private static let ofTheConnection: [MappingState] = [.unauthorized, .dbUnavailable, .inactiveOrg]

    private struct Unread {
        let id: UUID
        let connectionID: UUID
        let isLoaded: Bool
        let loadsAgain: Bool
        let description: String

        init(row: PostgresRow) throws {
            id = try row.decode("id")
            connectionID = try row.decode("connection_id")
            isLoaded = try row.decode("is_loaded")
            loadsAgain = try row.decode("loads_again")
            let reason = try row.decodeIfPresent("reason", as: String.self).map { String(foreign: $0, limit: String.foreignLimit - 500) }
            let load = "the load\(try row.decodeIfPresent("job", as: Int64.self).map { " (job \($0))" } ?? "")"
            let end =
                switch try row.decodeIfPresent("ended", as: String.self) {
                case "cancelled": "\(load) was cancelled"
                case "failed": "\(load) failed: \(reason ?? "no reason given")"
                default: "\(load) is gone\(reason.map { ": \($0)" } ?? "")"
                }
            description = end + (loadsAgain ? "; loading again" : "; polled again from where it was, until it is reloaded")
        }
    }

    private static func lookAfter(_ unread: [Unread], in session: PostgresSession) throws {
        guard !unread.isEmpty else { return }
        // What the load itself has said of its end stays.
        try session.run(
            """
            INSERT INTO sluice.mapping_troubles (mapping_id, source, description, reason, cause)
            SELECT id, \(JobKind.load.rawValue), description, description, 'ended'
            FROM unnest(\(unread.map(\.id))::uuid[], \(unread.map(\.description))::text[]) AS given(id, description)
            ON CONFLICT (mapping_id, source) DO UPDATE
            SET description = excluded.description, reason = excluded.reason, cause = excluded.cause WHERE mapping_troubles.state IS NULL
            """)
        let ids = unread.map(\.id)
        try session.run(
            """
            UPDATE sluice.mappings
            SET next_poll_at = CASE WHEN watermark IS NOT NULL THEN coalesce(next_poll_at, sluice.clock()) ELSE next_poll_at END,
                state = coalesce(\(fragment: troubleState),
                    CASE WHEN watermark IS NOT NULL THEN \(MappingState.dataSynced.rawValue) ELSE \(MappingState.initial.rawValue) END),
                state_description = \(fragment: troubleDescription), updated_at = sluice.clock()
            WHERE id = ANY (\(ids)::uuid[])
            """)
        try session.run(
            """
            INSERT INTO sluice.events (level, type, connection_id, mapping_id, message)
            SELECT \(EventLevel.warning.rawValue), \(EventType.read.rawValue), m.connection_id, m.id, given.description
            FROM unnest(\(ids)::uuid[], \(unread.map(\.description))::text[]) AS given(id, description) JOIN sluice.mappings m USING (id)
            """)
        // Of what the load has said somebody was notified then.
        try session.run(
            """
            INSERT INTO sluice.notifications (connection_id, event_type, message)
            SELECT m.connection_id, 'mapping-error', m.object_name || ': ' || t.description
            FROM sluice.mappings m JOIN sluice.mapping_troubles t ON t.mapping_id = m.id AND t.source = \(JobKind.load.rawValue)
            WHERE m.id = ANY (\(ids)::uuid[]) AND t.state IS NULL
            """)
        let loads = try unread.filter(\.loadsAgain).map {
            try NewJob.load($0.id, connectionID: $0.connectionID, reason: $0.isLoaded ? .reload : .initial)
        }
        _ = try JobQueue.enqueue(loads, in: session)
    }
}
