import Foundation
import JobQueue
public import Postgres

// The calls to Salesforce of a day, which polls share with writes.
extension CatalogStore {
    /// The part of a day's calls that is kept for writes: polls rest when the others are used up. From half of those on they are spread over what is left
    /// of the day (UTC).
    private static let shareOfWrites = 0.2

    /// Sets how far apart each connection's polls are, by the calls that it has used of its day's (`sf_max_daily_api_calls`, that of its mappings together).
    /// What changes is told in the journal and notified.
    ///
    /// - Returns: the connections whose polls were slowed, put to rest, or are free again.
    /// - Throws: `PostgresError`.
    @discardableResult
    public static func pacePolls(in session: PostgresSession) throws -> Int {
        try session.transaction {
            let changed = try session.query(.prepared("\(fragment: pacing)"), timeout: .seconds(30))
            for row in changed {
                let (id, wasSlowed, wasResting) = (
                    try row.decode("id", as: UUID.self), try row.decode("was_slowed", as: Bool.self),
                    try row.decode("was_resting", as: Bool.self)
                )
                let (text, rests) = (try row.decodeIfPresent("budget_description", as: String.self), try row.decode("rests", as: Bool.self))
                guard (text != nil) != wasSlowed || rests != wasResting else { continue }
                try event(text == nil ? .info : .warning, connection: id, type: .read, text ?? "Polls go on as they are set", in: session)
                if let text { try notify(id, eventType: "api-limit", message: text, in: session) }
                guard text == nil || wasResting && !rests else { continue }
                try session.run(
                    """
                    UPDATE sluice.mappings SET next_poll_at = least(next_poll_at, sluice.clock() + sf_polling_seconds * interval '1 second')
                    WHERE connection_id = \(id) AND next_poll_at IS NOT NULL
                    """)
            }
            return changed.count
        }
    }

    private static let pacing: PostgresQuery = """
        WITH used AS (
            SELECT c.id, c.poll_pause_seconds, c.polls_rest_until, c.budget_description, sum(m.daily_api_calls) AS calls, min(m.sf_polling_seconds) AS often,
                   count(*) AS mappings, coalesce(max(u.calls), 0) AS used, (day.today + 1)::timestamp AT TIME ZONE 'UTC' AS midnight,
                   extract(epoch FROM (day.today + 1)::timestamp AT TIME ZONE 'UTC' - day.now) AS seconds_left
            FROM (SELECT now, (now AT TIME ZONE 'UTC')::date AS today FROM (SELECT sluice.clock() AS now OFFSET 0) AS clock) AS day
            CROSS JOIN sluice.connections c
            JOIN sluice.mappings m ON m.connection_id = c.id
            LEFT JOIN sluice.api_usage u ON u.connection_id = c.id AND u.day = day.today
            WHERE u.calls IS NOT NULL OR c.budget_description IS NOT NULL
            GROUP BY c.id, day.today, day.now
        ), shared AS (
            SELECT *, floor(calls * (1 - \(shareOfWrites)::double precision)) AS share FROM used
        ), paced AS (
            SELECT *, used >= share AS rests,
                   CASE WHEN used >= share THEN ceil(seconds_left)
                        WHEN used * 2 >= share THEN ceil(seconds_left * mappings / (share - used)) ELSE 0 END AS pause
            FROM shared
        ), said AS (
            SELECT *, CASE WHEN rests THEN format('polls rest until midnight UTC: %s of today''s %s calls to Salesforce are used, and the others are kept for writes (sf_max_daily_api_calls)', used, calls)
                           WHEN pause > often THEN format('polls are slowed to one in %s s: more than %s %% of today''s %s calls to Salesforce are used (sf_max_daily_api_calls)',
                               pause, 10 * floor(10 * used / calls::double precision), calls) END AS text
            FROM paced
        )
        UPDATE sluice.connections c
        SET poll_pause_seconds = CASE WHEN s.text IS NULL THEN 0 ELSE s.pause END, polls_rest_until = CASE WHEN s.rests THEN s.midnight END,
            budget_description = s.text
        FROM said s
        WHERE c.id = s.id AND (
            (s.text IS NULL) <> (s.budget_description IS NULL) OR (s.polls_rest_until IS NULL) = s.rests
            OR NOT s.rests AND s.text IS NOT NULL AND abs(s.pause - s.poll_pause_seconds) > 0.1 * s.pause)
        RETURNING c.id, c.budget_description, s.rests, s.budget_description IS NOT NULL AS was_slowed, s.polls_rest_until IS NOT NULL AS was_resting
        """
}
