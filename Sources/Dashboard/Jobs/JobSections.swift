import Catalog
import Foundation
import JobQueue
import WebServer

/// What runs, what waits, what ended, and who does it.
struct JobSections {
    let reading: ClusterReading
    let now: Date
    /// Whether the reader may act on jobs.
    var canAct = false

    /// What runs and what waits.
    var live: HTML { table(reading.jobs, title: "Jobs now", empty: "Nothing runs and nothing waits.") }

    /// What runs.
    var running: HTML { table(reading.jobs.filter { $0.state == "running" }, title: "Running", empty: "Nothing runs at this moment.") }

    private func table(_ jobs: [ListedJob], title: String, empty: String) -> HTML {
        let rows = jobs.map { job -> HTML in
            let isRunning = job.state == "running"
            let waits: HTML = job.runAt > now ? "waits, due \(PageText.time(job.runAt, now: now))" : "waits"
            return """
                <tr>
                <td class="number">\(link(job))</td>
                <td>\(job.kind)</td>
                <td>\(job.mappingID.flatMap { reading.objectNames[$0] } ?? "–")</td>
                <td>\(isRunning ? Badge.job("running") : waits)</td>
                <td>\(job.worker ?? "–")</td>
                <td class="number">\(job.attempt)</td>
                <td class="text">\(PageText.progress(job.progress))\(Self.reason(job.lastError))</td>
                <td>\(PageText.time(isRunning ? job.startedAt : job.createdAt, now: now))</td>
                </tr>
                """
        }
        return DataTable(
            title: title, id: "jobs",
            columns: [.number("Job"), "Kind", "Object", "State", "Worker", .number("Attempt"), "Progress", "Since"],
            rows: rows, empty: EmptyState(empty, next: "")
        ).html
    }

    /// What ended last.
    var ended: HTML { ended(reading.endedJobs, title: "Jobs that ended", id: "ended", empty: "No job has ended yet.") }

    /// What gave up last; nothing while nothing did.
    var failed: HTML { reading.failedJobs.isEmpty ? "" : ended(reading.failedJobs, title: "Jobs that failed", id: "failed", empty: "") }

    private func ended(_ jobs: [ListedJob], title: String, id: String, empty: EmptyState) -> HTML {
        let rows = jobs.map { job -> HTML in
            """
            <tr>
            <td class="number">\(link(job))</td>
            <td>\(job.kind)</td>
            <td>\(job.mappingID.flatMap { reading.objectNames[$0] } ?? "–")</td>
            <td>\(Badge.job(job.state))</td>
            <td>\(job.worker ?? "–")</td>
            <td class="text">\(job.outcome ?? "")\(job.state == "failed" ? Self.reason(job.lastError) : "")</td>
            <td>\(PageText.time(job.finishedAt, now: now))</td>
            <td>\(retry(job))</td>
            </tr>
            """
        }
        return DataTable(
            title: title, id: id, columns: [.number("Job"), "Kind", "Object", "State", "Worker", "Outcome", "Ended", "Actions"],
            rows: rows, empty: empty
        ).html
    }

    private func link(_ job: ListedJob) -> HTML {
        guard let connection = job.connectionID else { return "\(Int(job.id))" }
        return "<a href=\"\(ConnectionFrame.Tab.jobs.path(connection))/\(Int(job.id))\">\(Int(job.id))</a>"
    }

    private func retry(_ job: ListedJob) -> HTML {
        guard canAct, job.state == "failed" || job.state == "cancelled", let connection = job.connectionID else { return "" }
        return ActionForm(
            label: "Retry", action: "\(ConnectionFrame.Tab.jobs.path(connection))/\(job.id)/retry", target: "job \(job.id)"
        ).html
    }

    var processes: HTML {
        guard let workers = reading.workers else { return "" }
        let rows = workers.map { worker -> HTML in
            """
            <tr>
            <td>\(worker.name)</td>
            <td>\(worker.role)\(worker.leads ? " (leads)" : "")</td>
            <td>\(worker.host)</td>
            <td class="number">\(worker.slots > 0 ? "\(worker.running) of \(worker.slots)" : "–")</td>
            <td>\(PageText.age(worker.upFor))</td>
            </tr>
            """
        }
        return DataTable(
            title: "Live processes", id: "workers", columns: ["Name", "Role", "Host", .number("Jobs"), "Up for"], rows: rows,
            empty: "No process reports itself alive. Start a scheduler and a worker."
        ).html
    }

    private static func reason(_ text: String?) -> HTML {
        text.map { "<div class=\"reason\">\($0)</div>" } ?? ""
    }
}
