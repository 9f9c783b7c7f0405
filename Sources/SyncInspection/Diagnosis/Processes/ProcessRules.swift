package import Catalog
package import JobQueue

/// What the live processes of an installation mean. A value without I/O. It names no hosts: whoever may diagnose a connection need not know them.
package struct ProcessRules: Sendable {
    static let running = DiagnosisRule("PROCESSES_MUST_RUN", "Processes")
    static let versions = DiagnosisRule("PROCESSES_SHOULD_BE_ONE_VERSION", "Versions of Processes")
    static let served = DiagnosisRule("CONNECTION_MUST_BE_SERVED", "Environment of Workers")

    private let processes: [LiveProcesses]
    /// Whether there is a connection that syncs, so that processes are needed.
    private let isNeeded: Bool

    package init(_ processes: [LiveProcesses], isNeeded: Bool) {
        self.processes = processes
        self.isNeeded = isNeeded
    }

    package var findings: [Finding] { [runs, oneVersion] }

    private var runs: Finding {
        let workers = count("worker")
        let schedulers = count("scheduler")
        if !isNeeded, workers == 0 || schedulers == 0 { return Self.running.skip("No connection syncs yet, so no process is needed") }
        if workers == 0 {
            return Self.running.error("No worker process lives: nothing is read or written", remedy: "start one: sluice worker")
        }
        if schedulers == 0 {
            return Self.running.error(
                "No scheduler process lives: nothing is enqueued when it is due", remedy: "start one: sluice scheduler")
        }
        guard processes.contains(where: { $0.role == "scheduler" && $0.leads }) else {
            return Self.running.warning(
                "None of \(schedulers) schedulers leads: nothing is enqueued until one does",
                remedy: "wait a minute; if it stays so, look for a session that holds the advisory lock and restart the schedulers")
        }
        return Self.running.pass("\(workers) workers and \(schedulers) schedulers live, and one leads")
    }

    private var oneVersion: Finding {
        let known = processes.filter { $0.version != nil }
        let byVersion = Dictionary(grouping: known) { $0.version ?? "" }
        guard byVersion.count > 1 else { return Self.versions.pass("All processes run one version") }
        let texts = byVersion.sorted { $0.key < $1.key }.map { version, groups in
            "\(version) (\(groups.map { "\($0.count) \($0.role)" }.joined(separator: ", ")))"
        }
        return Self.versions.warning(
            "Processes of \(byVersion.count) versions run: \(texts.joined(separator: ", "))",
            remedy: "if this is no roll-out under way, restart those that were forgotten")
    }

    private func count(_ role: String) -> Int { processes.filter { $0.role == role }.reduce(0) { $0 + $1.count } }

    /// What workers say that they leave to others.
    package static func finding(_ unserved: UnservedConnection?) -> Finding {
        guard let unserved else { return served.pass("Every worker can reach the connection's database") }
        let text = "\(unserved.workers) workers leave the connection to others: \(unserved.reason)"
        let remedy = "give all workers the same environment, and restart them"
        return unserved.byNobody
            ? served.error("No live worker can work for the connection: \(unserved.reason)", remedy: remedy)
            : served.warning(text, remedy: remedy)
    }
}
