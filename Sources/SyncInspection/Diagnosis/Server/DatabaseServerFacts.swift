import Foundation
import Postgres

/// What a look at a Postgres server and one of its databases found, before anybody judges it.
struct DatabaseServerFacts: Sendable, Equatable {
    /// The server's clock, and this process's at the same moment.
    var now: Date
    var processNow: Date
    /// Sessions that anybody may have, and those that there are.
    var sessionsAllowed = 100
    var sessionsUsed = 1
    /// The least of the limits of this role and this database, and what is used of it; nil where neither has one.
    var ownLimit: SessionLimit?
    var autovacuum = true
    var countsChanges = true
    /// Whether the database takes no changes: a standby, or one that somebody made read-only.
    var isReadOnly = false
    /// What keeps old row versions from being removed, the oldest first.
    var holders: [HorizonHolder] = []
    /// Transactions since the oldest row of any database was frozen: at 2^31 the server stops.
    var transactionAge: Int64 = 0
    /// Bytes of write-ahead log that replication slots keep.
    var retainedLog: Int64 = 0
    /// The server's disk; nil when it cannot be seen from here.
    var disk: DiskSpace?

    struct SessionLimit: Sendable, Equatable {
        var allowed: Int
        var used: Int
    }

    init(now: Date, processNow: Date) {
        self.now = now
        self.processNow = processNow
    }
}

/// What holds the oldest snapshot of a database.
struct HorizonHolder: Sendable, Equatable {
    enum Kind: String, Sendable {
        /// A session that is idle in a transaction.
        case session
        /// A transaction that was prepared and never ended.
        case prepared
        /// A replication slot.
        case slot
    }

    var kind: Kind
    /// In words: `the role app (psql, pid 42)`.
    var name: String
    /// How long it has held it, in seconds; nil where nobody knows.
    var seconds: Double?
    /// Transactions since.
    var age: Int64
}

extension DatabaseServerFacts {
    /// Looks, without changing anything.
    ///
    /// - Throws: `PostgresError`.
    static func look(in session: PostgresSession, isLocal: Bool) throws -> DatabaseServerFacts {
        let row = try session.query(
            """
            SELECT clock_timestamp() AS now,
                current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
                    - coalesce(nullif(current_setting('reserved_connections', true), '')::int, 0) AS allowed,
                (SELECT count(*) FROM pg_stat_activity WHERE datid IS NOT NULL) AS used,
                (SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user) AS role_limit,
                (SELECT count(*) FROM pg_stat_activity WHERE usename = current_user) AS role_used,
                (SELECT datconnlimit FROM pg_database WHERE datname = current_database()) AS database_limit,
                (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS database_used,
                current_setting('autovacuum')::boolean AS autovacuum, current_setting('track_counts')::boolean AS track_counts,
                pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean AS read_only,
                (SELECT max(age(datfrozenxid))::bigint FROM pg_database WHERE datallowconn) AS transaction_age,
                (SELECT coalesce(max(pg_wal_lsn_diff(
                    CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, restart_lsn)), 0)::bigint
                 FROM pg_replication_slots) AS retained
            """, timeout: patience)[0]
        var facts = DatabaseServerFacts(now: try row.decode("now"), processNow: Date())
        facts.sessionsAllowed = try row.decode("allowed")
        facts.sessionsUsed = try row.decode("used")
        facts.ownLimit = try [("role_limit", "role_used"), ("database_limit", "database_used")].compactMap { limit, used in
            guard let allowed: Int = try row.decodeIfPresent(limit), allowed >= 0 else { return nil }
            return SessionLimit(allowed: allowed, used: try row.decode(used))
        }.min { $0.allowed - $0.used < $1.allowed - $1.used }
        facts.autovacuum = try row.decode("autovacuum")
        facts.countsChanges = try row.decode("track_counts")
        facts.isReadOnly = try row.decode("read_only")
        facts.transactionAge = try row.decode("transaction_age")
        facts.retainedLog = try row.decode("retained")
        facts.holders = try holders(in: session)
        if isLocal { facts.disk = try disk(in: session) }
        return facts
    }

    private static let patience = Duration.seconds(15)

    private static func holders(in session: PostgresSession) throws -> [HorizonHolder] {
        try session.query(
            """
            SELECT 'session' AS kind, 'the role ' || usename || ' (' || coalesce(nullif(application_name, ''), 'no name') || ', pid ' || pid || ')' AS name,
                extract(epoch FROM clock_timestamp() - xact_start)::float8 AS seconds, greatest(age(backend_xmin), age(backend_xid))::bigint AS age
            FROM pg_stat_activity
            WHERE datname = current_database() AND state LIKE 'idle in transaction%' AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL)
            UNION ALL
            SELECT 'prepared', 'the prepared transaction ' || gid || ' of ' || owner, extract(epoch FROM clock_timestamp() - prepared)::float8,
                age(transaction)::bigint
            FROM pg_prepared_xacts WHERE database = current_database()
            UNION ALL
            SELECT 'slot', 'the replication slot ' || slot_name, NULL, greatest(age(xmin), age(catalog_xmin))::bigint
            FROM pg_replication_slots WHERE xmin IS NOT NULL OR catalog_xmin IS NOT NULL
            ORDER BY age DESC NULLS LAST LIMIT 20
            """, timeout: patience
        ).map { row in
            HorizonHolder(
                kind: HorizonHolder.Kind(rawValue: try row.decode("kind")) ?? .session, name: try row.decode("name"),
                seconds: try row.decodeIfPresent("seconds"), age: try row.decodeIfPresent("age") ?? 0)
        }
    }

    /// Where the server keeps its data only roles with `pg_read_all_settings` may know.
    private static func disk(in session: PostgresSession) throws -> DiskSpace? {
        guard try session.query("SELECT pg_has_role('pg_read_all_settings', 'USAGE') AS may")[0].decode("may") else { return nil }
        let directory: String = try session.query("SELECT current_setting('data_directory') AS directory")[0].decode("directory")
        return DiskSpace(of: directory)
    }
}
