import Foundation
import Postgres

extension JobQueue {
    /// Claims due jobs in one statement: lane by lane, so that a connection's backlog costs others nothing, and within a lane by priority
    /// with ageing, a point of priority being worth a second of waiting.
    ///
    /// No job whose exclusive key is running is taken, no connection gets more than its share of the worker nor more than its row in
    /// `sluice.connection_limits` grants it in the whole cluster.
    ///
    /// The claim does not wait for the server's disk: after a crash of the server that it did not survive, the jobs wait as before, and the
    /// leases given out are good for nothing.
    ///
    /// - Throws: `PostgresError`.
    public func claim(_ request: ClaimRequest) async throws -> Claim {
        while true {
            do {
                return try Claim(rows: try await pool.query(Self.claimStatement(request), timeout: .seconds(30)))
            } catch let error as PostgresError where error.constraint?.hasPrefix("jobs_exclusive_") == true {
                // Another worker took a job with the same exclusive key in the same instant; look again, now that it shows.
                continue
            }
        }
    }

    /// Rows are found by `jobs_claim` in its own order, from each head on. The rows chosen are updated by an array of their ids, which the
    /// planner always looks up in the primary key; a join with them it may make by reading the whole table.
    ///
    /// A connection's limits are a budget that all workers share, where skipping locked rows would let two of them spend it at once: the row
    /// of the limits is locked, and a claim that finds it locked, or changed since its snapshot, leaves the lane alone this time.
    private static func claimStatement(_ request: ClaimRequest) -> PostgresQuery {
        let held = Array(request.held)
        let share = min(request.share, Int(Int32.max))
        return .prepared(
            """
            WITH RECURSIVE clock AS MATERIALIZED (
                SELECT sluice.clock() AS now, set_config('synchronous_commit', 'off', true) AS commits
            ), \(fragment: heads(in: request.scope)), turns AS (
                SELECT due.lane, greatest(1, (\(request.limit) + (count(*) OVER ())::int - 1) / (count(*) OVER ())::int) AS part,
                       CASE WHEN due.lane = \(Lane.ofNone)::uuid THEN \(request.limit) ELSE \(share) - coalesce(held.jobs, 0) END AS room
                FROM (SELECT DISTINCT heads.lane FROM heads, clock WHERE heads.run_at <= clock.now) AS due
                LEFT JOIN unnest(\(held.map { Lane(connectionID: $0.key).text })::uuid[], \(held.map(\.value))::int[]) AS held(lane, jobs) USING (lane)
                WHERE (due.lane = \(Lane.ofNone)::uuid OR coalesce(held.jobs, 0) < \(share))
                  AND due.lane <> ALL (\(request.unserved.map { Lane(connectionID: $0).text })::uuid[])
                ORDER BY due.lane <= \(request.after?.text ?? Lane.ofNone)::uuid, due.lane
                LIMIT \(request.limit)
            ), limits AS MATERIALIZED (
                SELECT connection_id AS lane, max_running, version, spent_until, burst, interval '1 minute' / per_minute AS pause
                FROM sluice.connection_limits WHERE connection_id IN (SELECT lane FROM turns)
                FOR UPDATE SKIP LOCKED
            ), open AS MATERIALIZED (
                SELECT turns.lane, least(turns.room, turns.part,
                           limits.max_running - CASE WHEN limits.max_running IS NOT NULL THEN
                               (SELECT count(*) FROM sluice.jobs r WHERE r.state = 'running' AND r.lane = turns.lane) END,
                           floor(extract(epoch FROM clock.now + limits.burst * limits.pause - greatest(limits.spent_until, clock.now)) / extract(epoch FROM limits.pause))
                       )::int AS room
                FROM turns CROSS JOIN clock LEFT JOIN sluice.connection_limits seen ON seen.connection_id = turns.lane LEFT JOIN limits ON limits.lane = turns.lane
                WHERE seen.connection_id IS NULL OR limits.version = seen.version
            ), picked AS (
                SELECT found.*, heads.lane, heads.priority, open.room,
                       row_number() OVER (PARTITION BY heads.lane ORDER BY extract(epoch FROM found.run_at) + heads.priority, found.id) AS in_lane,
                       row_number() OVER (PARTITION BY found.exclusive_key ORDER BY extract(epoch FROM found.run_at) + heads.priority, found.id) AS in_key
                FROM clock CROSS JOIN open JOIN heads ON heads.lane = open.lane AND heads.run_at <= clock.now CROSS JOIN LATERAL (
                    SELECT j.id, j.exclusive_key, j.run_at
                    FROM sluice.jobs j
                    WHERE j.state = 'available' AND j.lane = heads.lane AND j.priority = heads.priority
                      AND j.run_at >= heads.run_at AND j.run_at <= clock.now AND j.kind = ANY (\(request.kinds)::text[])
                      AND (j.exclusive_key IS NULL
                           OR NOT EXISTS (SELECT FROM sluice.jobs r WHERE r.lease_token IS NOT NULL AND r.exclusive_key = j.exclusive_key))
                    ORDER BY j.run_at, j.id
                    LIMIT greatest(open.room, 0)
                    FOR UPDATE OF j SKIP LOCKED
                ) AS found
            ), chosen AS (
                SELECT id FROM picked WHERE (exclusive_key IS NULL OR in_key = 1) AND in_lane <= room
                ORDER BY in_lane, extract(epoch FROM run_at) + priority, id LIMIT \(request.limit)
            ), claimed AS (
                UPDATE sluice.jobs j
                SET state = 'running', attempt = j.attempt + 1, worker = \(request.worker), lease_token = \(Int64.random(in: 1...Int64.max)),
                    lease_expires_at = clock.now + \(request.lease)::interval, deadline_at = clock.now + j.timeout, started_at = clock.now
                FROM clock
                WHERE j.id = ANY (ARRAY(SELECT id FROM chosen))
                RETURNING j.id, j.kind, j.connection_id, j.mapping_id, j.args, j.progress, j.attempt, j.max_attempts, j.lease_token, j.lane,
                          (extract(epoch FROM j.started_at - j.run_at) * 1000000)::bigint AS waited
            ), spent AS (
                UPDATE sluice.connection_limits l
                SET version = l.version + 1, spent_until = coalesce(greatest(l.spent_until, clock.now) + taken.jobs * interval '1 minute' / l.per_minute, l.spent_until)
                FROM clock, (SELECT lane, count(*) AS jobs FROM claimed GROUP BY lane) AS taken
                WHERE l.connection_id = taken.lane
            )\(fragment: request.reportsScan ? scan(of: request) : "")
            SELECT id, kind, connection_id, mapping_id, args, progress, attempt, max_attempts, lease_token, waited,
                   NULL AS next_look, NULL AS took, NULL AS lanes, NULL AS priorities, NULL AS are_waiting, NULL AS firsts, NULL AS claimables,
                   NULL AS seen_at, NULL AS oldest_open, NULL AS next_begun
            FROM claimed
            UNION ALL
            SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
                   (SELECT ceil(extract(epoch FROM least(
                       (SELECT min(heads.run_at) FROM heads WHERE heads.run_at > clock.now),
                       (SELECT min(limits.spent_until - (limits.burst - 1) * limits.pause) FROM limits JOIN open USING (lane)
                        WHERE open.room < 1 AND limits.spent_until - (limits.burst - 1) * limits.pause > clock.now),
                       -- Another claim held the limits of a lane: it has ended soon.
                       (SELECT clock.now + interval '5 milliseconds' FROM turns WHERE NOT EXISTS (SELECT FROM open WHERE open.lane = turns.lane) LIMIT 1)
                   ) - clock.now) * 1000)::bigint FROM clock),
                   (extract(epoch FROM clock_timestamp() - statement_timestamp()) * 1000000)::bigint,
                   \(fragment: request.reportsScan ? scanColumns : "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL")
            """
        ).planned(with: inIndexOrder)
    }

    /// What else the claim saw. It is left out of the text where nobody asks: were that a parameter, a plan made for its value would seem so much
    /// cheaper than the one for all values that the server made a new one each time.
    private static func scan(of request: ClaimRequest) -> PostgresQuery {
        let passedOver: PostgresQuery = """
            (SELECT j.run_at FROM sluice.jobs j
             WHERE j.state = 'available' AND j.lane = reached.lane AND j.priority = reached.priority
               AND j.run_at >= reached.run_at AND j.run_at < reached.claimable
               AND j.exclusive_key IS NOT NULL AND j.kind = ANY (\(request.kinds)::text[])
             ORDER BY j.run_at LIMIT 1)
            """
        return """
            , reached AS (
                SELECT heads.lane, heads.priority, heads.run_at, heads.run_at <= clock.now AS is_waiting,
                       CASE WHEN heads.run_at <= clock.now AND coalesce(open.room, 0) < 1 THEN heads.run_at
                            ELSE least((SELECT min(p.run_at) FROM picked p WHERE p.lane = heads.lane AND p.priority = heads.priority), clock.now) END AS claimable
                FROM heads CROSS JOIN clock LEFT JOIN open ON open.lane = heads.lane
                -- Where the hops begin and end there are no jobs.
                WHERE heads.priority BETWEEN 0 AND 200
            ), seen AS (
                SELECT lane, priority, is_waiting, claimable, coalesce(\(fragment: request.scope.looksBetween ? passedOver : "NULL"), claimable) AS first FROM reached
            )
            """
    }

    private static let scanColumns: PostgresQuery = """
        \(fragment: seenArrays), (SELECT (extract(epoch FROM now) * 1000000)::bigint FROM clock),
        pg_snapshot_xmin(pg_current_snapshot())::text::bigint, pg_snapshot_xmax(pg_current_snapshot())::text::bigint
        """
}

extension Claim {
    /// The claimed rows and one more, without an id, that says what else the statement saw.
    fileprivate init(rows: PostgresResult) throws {
        var jobs: [Job] = []
        var nextLook: Duration?
        var took = Duration.zero
        var scan: ClaimScan?
        for row in rows {
            if try row.decodeIfPresent("id", as: Int64.self) != nil {
                jobs.append(try Job(row: row))
            } else {
                nextLook = try row.decodeIfPresent("next_look", as: Int64.self).map { .milliseconds($0) }
                took = .microseconds(try row.decode("took", as: Int64.self))
                scan = try row.decodeIfPresent("seen_at", as: Int64.self).map { time in
                    ClaimScan(
                        heads: try LaneHead.decode(row),
                        snapshot: .init(time: time, oldestOpen: try row.decode("oldest_open"), next: try row.decode("next_begun")))
                }
            }
        }
        self.init(jobs: jobs, nextLook: nextLook, took: took, scan: scan)
    }
}
