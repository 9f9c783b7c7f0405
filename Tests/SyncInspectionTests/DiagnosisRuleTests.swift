import Catalog
import Dispatch
import Eventually
import Foundation
import JobQueue
import Postgres
import Salesforce
import SchemaInspection
import SyncJournal
import TestDatabase
import Testing

@testable import SyncInspection

/// The rules of a diagnosis as values, case by case.
@Suite("The rules of a diagnosis")
struct DiagnosisRuleTests {
    private func server(_ change: (inout DatabaseServerFacts) -> Void) -> DatabaseServerFacts {
        let now = Date(timeIntervalSince1970: 1_800_000_000)
        var facts = DatabaseServerFacts(now: now, processNow: now)
        facts.disk = DiskSpace(free: 50 << 30, total: 100 << 30)
        change(&facts)
        return facts
    }

    /// What is wrong, as `error RULE`.
    private func wrong(_ findings: [Finding]) -> [String] {
        findings.filter { $0.verdict == .error || $0.verdict == .warning }.map { finding in
            #expect(finding.message.contains("What to do: "), "\(finding.message)")
            return "\(finding.verdict.rawValue) \(finding.ruleID)"
        }
    }

    private func wrong(_ change: (inout DatabaseServerFacts) -> Void) -> [String] {
        wrong(DatabaseServerRules(facts: server(change), place: "The target database").findings)
    }

    @Test("a server that is well is not complained of")
    func well() { #expect(wrong { _ in } == []) }

    @Test("sessions: of the server, the role or the database, whichever is tightest")
    func sessions() {
        #expect(wrong { $0.sessionsUsed = 79 } == [])
        #expect(wrong { $0.sessionsUsed = 80 } == ["warning CONNECTIONS_MUST_SUFFICE"])
        #expect(wrong { $0.sessionsUsed = 95 } == ["error CONNECTIONS_MUST_SUFFICE"])
        #expect(wrong { $0.ownLimit = .init(allowed: 10, used: 9) } == ["warning CONNECTIONS_MUST_SUFFICE"])
        #expect(wrong { $0.ownLimit = .init(allowed: 0, used: 1) } == ["error CONNECTIONS_MUST_SUFFICE"])
    }

    @Test("disk: what is left, and what slots keep; what cannot be seen is said so")
    func disk() {
        #expect(wrong { $0.disk = DiskSpace(free: 9, total: 100) } == ["warning DISK_MUST_SUFFICE"])
        #expect(wrong { $0.disk = DiskSpace(free: 2, total: 100) } == ["error DISK_MUST_SUFFICE"])
        #expect(wrong { $0.retainedLog = 20 << 30 } == ["warning DISK_MUST_SUFFICE"])
        let unseen = DatabaseServerRules(facts: server { $0.disk = nil }, place: "The target database").findings
        #expect(unseen.contains { $0.ruleID == "DISK_MUST_SUFFICE" && $0.verdict == .skip })
    }

    @Test("autovacuum, transaction ids, a database that takes no changes, clocks")
    func settings() {
        #expect(wrong { $0.autovacuum = false } == ["error AUTOVACUUM_MUST_BE_ON"])
        #expect(wrong { $0.countsChanges = false } == ["error AUTOVACUUM_MUST_BE_ON"])
        #expect(wrong { $0.transactionAge = 1_600_000_000 } == ["warning TRANSACTION_IDS_MUST_LAST"])
        #expect(wrong { $0.transactionAge = 2_100_000_000 } == ["error TRANSACTION_IDS_MUST_LAST"])
        #expect(wrong { $0.isReadOnly = true } == ["error DATABASE_MUST_BE_WRITABLE"])
        #expect(wrong { $0.now += 29 } == [])
        #expect(wrong { $0.now += 60 } == ["warning CLOCKS_MUST_AGREE"])
        #expect(wrong { $0.now -= 600 } == ["error CLOCKS_MUST_AGREE"])
    }

    @Test("transactions that hold old rows: idle sessions and prepared ones by time, slots by age")
    func holders() {
        #expect(wrong { $0.holders = [HorizonHolder(kind: .session, name: "s", seconds: 599, age: 9)] } == [])
        #expect(
            wrong { $0.holders = [HorizonHolder(kind: .session, name: "s", seconds: 600, age: 9)] } == ["warning TRANSACTIONS_MUST_END"])
        #expect(
            wrong { $0.holders = [HorizonHolder(kind: .prepared, name: "p", seconds: 9999, age: 9)] } == ["warning TRANSACTIONS_MUST_END"])
        #expect(wrong { $0.holders = [HorizonHolder(kind: .slot, name: "r", seconds: nil, age: 9)] } == [])
        #expect(
            wrong { $0.holders = [HorizonHolder(kind: .slot, name: "r", seconds: nil, age: 20_000_000)] } == [
                "warning TRANSACTIONS_MUST_END"
            ])
    }

    @Test("a real session that is idle in a transaction and has written is found by its name")
    func idleTransaction() async throws {
        try await TestDatabase.with { database in
            let release = DispatchSemaphore(value: 0)
            let idle = database.pool(size: 1)
            // Blocks the thread of its own session, and no other.
            async let holding: Void = idle.withSession { session in
                try session.script("CREATE TABLE t (n int); SET application_name TO 'forgotten'; BEGIN; INSERT INTO t VALUES (1)")
                release.wait()
                try session.run("ROLLBACK")
            }
            let pool = database.pool(size: 1)
            func look() async throws -> DatabaseServerFacts {
                try await pool.withSession { try DatabaseServerFacts.look(in: $0, isLocal: false) }
            }
            do {
                try await eventually("the transaction is idle") { try await !look().holders.isEmpty }
            } catch {
                release.signal()
                throw error
            }
            let facts = try await look()
            release.signal()
            try await holding
            var bounds = DatabaseServerRules.Bounds()
            bounds.holding = 0
            let rules = DatabaseServerRules(facts: facts, place: "The target database", bounds: bounds)
            let finding = try #require(rules.findings.first { $0.ruleID == "TRANSACTIONS_MUST_END" })
            #expect(finding.verdict == .warning)
            #expect(finding.message.contains("forgotten"), "\(finding.message)")
            #expect(facts.sessionsAllowed > 10 && facts.sessionsUsed >= 2 && facts.autovacuum && !facts.isReadOnly)
        }
    }

    private func limit(max: Int, remaining: Int) throws -> OrganizationLimit {
        try JSONDecoder().decode(OrganizationLimit.self, from: Data(#"{"Max":\#(max),"Remaining":\#(remaining)}"#.utf8))
    }

    @Test("limits of the org: from four fifths on, nearly used up; an org that does not tell them; its clock")
    func organization() throws {
        let now = Date(timeIntervalSince1970: 1_800_000_000)
        func judge(_ used: Int, skew: Double = 0) throws -> [String] {
            wrong(
                OrganizationRules().findings(
                    limits: ["DailyApiRequests": try limit(max: 1000, remaining: 1000 - used)], org: now + skew, process: now))
        }
        #expect(try judge(799) == [])
        #expect(try judge(800) == ["warning API_LIMITS_MUST_SUFFICE"])
        #expect(try judge(950) == ["error API_LIMITS_MUST_SUFFICE"])
        #expect(try judge(0, skew: -60) == ["warning ORG_CLOCK_MUST_AGREE"])
        #expect(try judge(0, skew: 200) == ["error ORG_CLOCK_MUST_AGREE"])
        let silent = OrganizationRules().findings(limits: [:], org: now, process: now)
        #expect(silent.contains { $0.ruleID == "API_LIMITS_MUST_SUFFICE" && $0.verdict == .skip })
        let storage = OrganizationRules().findings(
            limits: ["DataStorageMB": try limit(max: 100, remaining: 1), "DailyApiRequests": try limit(max: 0, remaining: 0)], org: now,
            process: now)
        #expect(wrong(storage) == ["error API_LIMITS_MUST_SUFFICE"])
    }

    @Test("processes: none, no scheduler, no leader, two versions; who does not tell a version does not count")
    func processes() {
        let worker = LiveProcesses(role: "worker", version: "a", count: 2)
        let leader = LiveProcesses(role: "scheduler", version: "a", count: 1, leads: true)
        func judge(_ processes: [LiveProcesses], isNeeded: Bool = true) -> [String] {
            wrong(ProcessRules(processes, isNeeded: isNeeded).findings)
        }
        #expect(judge([worker, leader]) == [])
        #expect(judge([]) == ["error PROCESSES_MUST_RUN"])
        #expect(judge([], isNeeded: false) == [])
        #expect(judge([worker]) == ["error PROCESSES_MUST_RUN"])
        #expect(judge([leader]) == ["error PROCESSES_MUST_RUN"])
        #expect(judge([worker, LiveProcesses(role: "scheduler", version: "a", count: 1)]) == ["warning PROCESSES_MUST_RUN"])
        #expect(judge([worker, leader, LiveProcesses(role: "api", version: "b", count: 1)]) == ["warning PROCESSES_SHOULD_BE_ONE_VERSION"])
        #expect(judge([worker, leader, LiveProcesses(role: "api", version: nil, count: 1)]) == [])
    }

    @Test("the trigger log: size, ids, what waits")
    func triggerLog() {
        func judge(_ change: (inout TriggerLogFacts) -> Void) -> [String] {
            var facts = TriggerLogFacts()
            change(&facts)
            return wrong(TriggerLogRules(facts: facts, schema: "salesforce", bounds: SchemaBounds()).findings)
        }
        #expect(judge { _ in } == [])
        #expect(judge { $0.lastID = (1 << 30) - 1 } == [])
        #expect(judge { $0.lastID = 1 << 30 } == ["warning TRIGGER_LOG_IDS_MUST_LAST"])
        #expect(judge { $0.lastID = (1 << 31) - 1 } == ["error TRIGGER_LOG_IDS_MUST_LAST"])
        #expect(
            judge {
                $0.lastID = 1 << 40; $0.hasWideIDs = true
            } == [])
        #expect(judge { $0.bytes = 5 << 30 } == ["warning TRIGGER_LOG_SHOULD_STAY_SMALL"])
        #expect(
            judge {
                $0.waiting = 60_000; $0.oldestWaitingSeconds = 5
            } == ["warning CHANGES_SHOULD_NOT_WAIT"])
        #expect(
            judge {
                $0.waiting = 1; $0.oldestWaitingSeconds = 901
            } == ["warning CHANGES_SHOULD_NOT_WAIT"])
        #expect(
            judge {
                $0.waiting = 1; $0.oldestWaitingSeconds = 10
            } == [])
    }

    @Test("a schema that is not there is an error only when something is mapped")
    func schema() {
        var facts = MappedSchemaFacts(schema: "salesforce", role: "sluice", now: Date())
        facts.exists = false
        #expect(wrong(MappedSchemaRules(facts: facts, connection: "c", isMapped: false).findings(isWhole: true)) == [])
        #expect(
            wrong(MappedSchemaRules(facts: facts, connection: "c", isMapped: true).findings(isWhole: true)) == ["error SCHEMA_MUST_BE_OURS"]
        )
        facts.hstoreSchema = nil
        #expect(wrong(MappedSchemaRules(facts: facts, connection: "c", isMapped: false).findings(isWhole: true)) == [])
        facts.mayMakeExtension = false
        #expect(
            wrong(MappedSchemaRules(facts: facts, connection: "c", isMapped: false).findings(isWhole: true)) == [
                "error EXTENSION_MUST_EXIST"
            ])
        facts.hstoreSchema = "public"
        facts.exists = true
        facts.missingRights = ["CREATE on the schema"]
        facts.hstoreSchema = nil
        #expect(
            wrong(MappedSchemaRules(facts: facts, connection: "c", isMapped: true).findings(isWhole: true))
                == ["error EXTENSION_MUST_EXIST", "error ROLE_MUST_HAVE_RIGHTS"])
    }

    @Test("what is said of a mapping's change events")
    func changeEvents() {
        func finding(_ state: String?, isServed: Bool = true) -> Finding {
            AcceleratedPollingRules(
                objectName: "Account", pollingSeconds: 600, isServed: isServed,
                found: state.map { AcceleratedMapping(id: UUID(), state: $0, description: "because", nextTryAt: nil) }
            ).finding
        }
        #expect(finding("live").verdict == .pass)
        #expect(finding("refused").verdict == .warning && finding("refused").message.contains("because"))
        #expect(finding("resting").verdict == .warning && finding("resting").message.contains("every 600 seconds"))
        #expect(finding("waiting").verdict == .warning && finding(nil).verdict == .warning)
        #expect(finding("waiting", isServed: false).verdict == .skip)
    }
}
