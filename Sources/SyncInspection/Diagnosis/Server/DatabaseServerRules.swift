import Catalog
import Foundation

/// What the facts of a database server mean. A value without I/O.
struct DatabaseServerRules: Sendable {
    /// From where on something counts as trouble.
    struct Bounds: Sendable {
        /// Of the sessions that there may be.
        var sessionsWarning = 0.8
        var sessionsError = 0.95
        /// Of the disk that is left.
        var freeWarning = 0.1
        var freeError = 0.03
        /// Seconds for which a transaction may hold old row versions.
        var holding: Double = 10 * 60
        /// Transactions for which a slot may.
        var slotAge: Int64 = 10_000_000
        /// The server itself warns from 40 million before the end, and stops 3 million before it.
        var transactionAge: Int64 = 1_500_000_000
        var transactionAgeError: Int64 = 2_000_000_000
        /// Bytes that slots may keep.
        var retainedLog: Int64 = 10 << 30
        /// Seconds between two clocks.
        var skewWarning: Double = 30
        var skewError: Double = 300
    }

    static let sessions = DiagnosisRule("CONNECTIONS_MUST_SUFFICE", "Database Connections")
    static let disk = DiagnosisRule("DISK_MUST_SUFFICE", "Database Disk")
    static let autovacuum = DiagnosisRule("AUTOVACUUM_MUST_BE_ON", "Autovacuum")
    static let horizon = DiagnosisRule("TRANSACTIONS_MUST_END", "Idle Transactions")
    static let wraparound = DiagnosisRule("TRANSACTION_IDS_MUST_LAST", "Transaction Ids")
    static let writable = DiagnosisRule("DATABASE_MUST_BE_WRITABLE", "Database Writable")
    static let clock = DiagnosisRule("CLOCKS_MUST_AGREE", "Clock of the Database")

    let facts: DatabaseServerFacts
    /// `The control database` or `The target database`.
    let place: String
    var bounds = Bounds()

    var findings: [Finding] { [sessionsLeft, diskLeft, vacuum, transactions, age, changes, skew] }

    private var sessionsLeft: Finding {
        let limits =
            [DatabaseServerFacts.SessionLimit(allowed: facts.sessionsAllowed, used: facts.sessionsUsed)]
            + (facts.ownLimit.map { [$0] } ?? [])
        let tightest = limits.max { share($0) < share($1) } ?? limits[0]
        return Self.sessions.judge(
            share(tightest), warnFrom: bounds.sessionsWarning, failFrom: bounds.sessionsError,
            "\(place) has \(tightest.used) of \(tightest.allowed) sessions in use",
            remedy:
                "end sessions that nobody needs, put a pooler before applications, or raise max_connections or the limit of the role or database"
        )
    }

    private func share(_ limit: DatabaseServerFacts.SessionLimit) -> Double { Double(limit.used) / Double(max(limit.allowed, 1)) }

    private var diskLeft: Finding {
        if facts.retainedLog >= bounds.retainedLog {
            return Self.disk.warning(
                "Replication slots of the server of \(place.lowercasedFirst) keep \(facts.retainedLog >> 30) GB of write-ahead log, which fill its disk",
                remedy: "let their consumers catch up, or drop the slots that have none (pg_drop_replication_slot)")
        }
        guard let disk = facts.disk, disk.total > 0 else {
            return Self.disk.skip("The disk of \(place.lowercasedFirst) cannot be seen from here")
        }
        let free = Double(disk.free) / Double(disk.total)
        return Self.disk.judge(
            1 - free, warnFrom: 1 - bounds.freeWarning, failFrom: 1 - bounds.freeError,
            "The disk of \(place.lowercasedFirst) has \(disk.free >> 20) MB of \(disk.total >> 20) MB left",
            remedy: "make it larger, or delete what nobody needs")
    }

    private var vacuum: Finding {
        if facts.autovacuum, facts.countsChanges { return Self.autovacuum.pass("Autovacuum is on in \(place.lowercasedFirst)") }
        let setting = facts.autovacuum ? "track_counts" : "autovacuum"
        return Self.autovacuum.error(
            "\(place) has \(setting) switched off: tables grow with every change, and the server will stop when transaction ids run out",
            remedy: "ALTER SYSTEM SET \(setting) = on, and reload the server's configuration")
    }

    private var transactions: Finding {
        let old = facts.holders.filter { holder in
            holder.kind == .slot ? holder.age >= bounds.slotAge : (holder.seconds ?? 0) >= bounds.holding
        }
        guard !old.isEmpty else { return Self.horizon.pass("No transaction of \(place.lowercasedFirst) stays open") }
        let texts = old.prefix(5).map { holder in
            "\(holder.name)\(holder.seconds.map { " for \(Int($0)) s" } ?? "")"
        }
        return Self.horizon.warning(
            "\(place) cannot remove old row versions, since transactions stay open: \(texts.joined(separator: "; "))",
            remedy:
                "end them (pg_terminate_backend, ROLLBACK PREPARED, pg_drop_replication_slot), and set idle_in_transaction_session_timeout for the role"
        )
    }

    private var age: Finding {
        Self.wraparound.judge(
            Double(facts.transactionAge), warnFrom: Double(bounds.transactionAge), failFrom: Double(bounds.transactionAgeError),
            "The server of \(place.lowercasedFirst) is \(facts.transactionAge) transactions past its last freezing; at 2147483647 it stops",
            remedy: "end what holds old transactions, and run VACUUM FREEZE in every database")
    }

    private var changes: Finding {
        facts.isReadOnly
            ? Self.writable.error(
                "\(place) takes no changes: it is a standby, or was made read-only",
                remedy: "connect to the primary, or ALTER DATABASE … RESET default_transaction_read_only")
            : Self.writable.pass("\(place) takes changes")
    }

    private var skew: Finding {
        let seconds = facts.now.timeIntervalSince(facts.processNow)
        return Self.clock.judge(
            abs(seconds), warnFrom: bounds.skewWarning, failFrom: bounds.skewError,
            "The clock of \(place.lowercasedFirst) is \(Int(abs(seconds).rounded())) s \(seconds < 0 ? "behind" : "ahead of") this machine's",
            remedy: "let both follow the same time servers (NTP)")
    }
}

extension String {
    /// For the middle of a sentence.
    fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
