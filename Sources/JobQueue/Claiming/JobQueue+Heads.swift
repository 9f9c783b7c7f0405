import Postgres

/// Finding where jobs wait: the first of each lane and priority.
extension JobQueue {
    /// The common table expression `heads` of (lane, priority, run_at), for statements that begin with `WITH RECURSIVE`. `run_at` is that of the
    /// first job that waits; NULL where none does.
    ///
    /// It hops from one lane and priority to the next: as many steps as there are of those, however long they are. What was claimed before, and
    /// is not swept away yet, is walked over; with places, only what lies behind them is, and what lies between them if that is looked at too.
    static func heads(in scope: ClaimScope) -> PostgresQuery {
        scope.places.isEmpty ? everywhere : heads(at: scope.places, andBetween: scope.looksBetween)
    }

    private static let everywhere: PostgresQuery = """
        heads(lane, priority, run_at) AS (
            (SELECT lane, priority, run_at FROM sluice.jobs WHERE state = 'available' ORDER BY lane, priority, run_at LIMIT 1)
            UNION ALL
            SELECT next.lane, next.priority, next.run_at
            FROM heads CROSS JOIN LATERAL (
                SELECT j.lane, j.priority, j.run_at FROM sluice.jobs j
                WHERE j.state = 'available' AND (j.lane, j.priority) > (heads.lane, heads.priority)
                ORDER BY j.lane, j.priority, j.run_at LIMIT 1
            ) AS next
        )
        """

    /// Behind every lane and priority there can be.
    private static let end = ClaimScope.Place(
        key: LaneKey(lane: Lane(text: "ffffffff-ffff-ffff-ffff-ffffffffffff"), priority: Int(Int16.max)), notBefore: 0)

    /// Each step goes to what lies before the next place, if anything waits there, or else to that place. What lies between is asked for by lane and
    /// by priority: an index scan that compares both as one row does not stop where it should when the lane is the same.
    private static func heads(at places: [ClaimScope.Place], andBetween looksBetween: Bool) -> PostgresQuery {
        let places = places + [end]
        return """
            heads(lane, priority, run_at, place) AS (
                SELECT \(Lane.ofNone)::uuid, -1, NULL::timestamptz, 0
                UNION ALL
                SELECT next.*
                FROM heads CROSS JOIN LATERAL (
                    SELECT (\(places.map(\.key.lane.text))::uuid[])[heads.place + 1] AS lane, (\(places.map(\.key.priority))::int[])[heads.place + 1] AS priority,
                           timestamptz 'epoch' + (\(places.map(\.notBefore))::bigint[])[heads.place + 1] * interval '1 microsecond' AS not_before
                ) AS known CROSS JOIN LATERAL (
                    \(fragment: looksBetween ? between : "")
                    SELECT known.lane, known.priority::int,
                           (SELECT j.run_at FROM sluice.jobs j
                            WHERE j.state = 'available' AND j.lane = known.lane AND j.priority = known.priority AND j.run_at >= known.not_before
                            ORDER BY j.run_at LIMIT 1),
                           heads.place + 1
                    LIMIT 1
                ) AS next
                WHERE known.lane IS NOT NULL
            )
            """
    }

    private static let between: PostgresQuery = """
        (SELECT j.lane, j.priority::int, j.run_at, heads.place
         FROM sluice.jobs j
         WHERE j.state = 'available' AND j.lane = heads.lane AND j.priority > heads.priority
           AND j.priority < CASE WHEN known.lane = heads.lane THEN known.priority ELSE 32767 END
         ORDER BY j.lane, j.priority, j.run_at LIMIT 1)
        UNION ALL
        (SELECT j.lane, j.priority, j.run_at, heads.place
         FROM sluice.jobs j
         WHERE j.state = 'available' AND j.lane > heads.lane AND j.lane < known.lane
         ORDER BY j.lane, j.priority, j.run_at LIMIT 1)
        UNION ALL
        (SELECT j.lane, j.priority, j.run_at, heads.place
         FROM sluice.jobs j
         WHERE j.state = 'available' AND known.lane > heads.lane AND j.lane = known.lane AND j.priority < known.priority
         ORDER BY j.lane, j.priority, j.run_at LIMIT 1)
        UNION ALL
        """

    /// What `seen(lane, priority, is_waiting, first, claimable)` holds, as columns that `LaneHead.decode` reads.
    static let seenArrays: PostgresQuery = """
        (SELECT array_agg(lane ORDER BY lane, priority)::text FROM seen) AS lanes,
        (SELECT array_agg(priority ORDER BY lane, priority)::text FROM seen) AS priorities,
        (SELECT array_agg(coalesce(is_waiting, false)::int ORDER BY lane, priority)::text FROM seen) AS are_waiting,
        (SELECT array_agg((extract(epoch FROM greatest(first, '0001-01-01')) * 1000000)::bigint ORDER BY lane, priority)::text FROM seen) AS firsts,
        (SELECT array_agg((extract(epoch FROM greatest(claimable, '0001-01-01')) * 1000000)::bigint ORDER BY lane, priority)::text FROM seen) AS claimables
        """

    /// For statements that take the first of many jobs in an index's order. A vacuum of a queue in which nothing waits or runs tells the planner that
    /// the table is empty. Reading and sorting all that waits then seems as cheap as the first of it, and is not when a million have come.
    static let inIndexOrder = ["enable_bitmapscan": "off", "enable_seqscan": "off"]

    /// How long a look at all that waits or runs may take: some microseconds a dead row, and an old transaction may keep a hundred million. One that
    /// was given up would never find anything.
    static let wholeLook = Duration.seconds(1800)

    /// Looks at all that waits, and claims nothing.
    ///
    /// - Returns: what waits, and how long the look took the server.
    /// - Throws: `PostgresError`.
    func survey() async throws -> (heads: [LaneHead], took: Duration) {
        let row = try await pool.query(
            .prepared(
                """
                WITH RECURSIVE \(fragment: Self.heads(in: .everywhere)), seen AS (
                    SELECT lane, priority, run_at <= sluice.clock() AS is_waiting, least(run_at, sluice.clock()) AS first, least(run_at, sluice.clock()) AS claimable
                    FROM heads
                )
                SELECT \(fragment: Self.seenArrays), (extract(epoch FROM clock_timestamp() - statement_timestamp()) * 1000000)::bigint AS took
                """
            ).planned(with: Self.inIndexOrder), timeout: Self.wholeLook)[0]
        return (try LaneHead.decode(row), .microseconds(try row.decode("took", as: Int64.self)))
    }
}

extension LaneHead {
    fileprivate init(_ lane: String, _ priority: Int, _ isWaiting: Int, _ first: Int64, _ claimable: Int64) {
        self.init(key: LaneKey(lane: Lane(text: lane), priority: priority), isWaiting: isWaiting == 1, first: first, claimable: claimable)
    }

    static func decode(_ row: PostgresRow) throws -> [LaneHead] {
        guard let lanes: [String] = try row.decodeIfPresent("lanes") else { return [] }
        let (priorities, areWaiting): ([Int], [Int]) = (try row.decode("priorities"), try row.decode("are_waiting"))
        let (firsts, claimables): ([Int64], [Int64]) = (try row.decode("firsts"), try row.decode("claimables"))
        return lanes.indices.map { LaneHead(lanes[$0], priorities[$0], areWaiting[$0], firsts[$0], claimables[$0]) }
    }
}
