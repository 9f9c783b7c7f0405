import Catalog
import Foundation
import JobQueue

/// What runs, what waits, what ended, and who does it.
struct JobSections {
    let reading: ClusterReading
    let now: Date

    var live: HTML {
        let rows = reading.jobs.map { job -> HTML in
            let isRunning = job.state == "running"
            let waits: HTML = job.runAt > now ? "waits, due \(PageText.time(job.runAt, now: now))" : "waits"
            return """
                <tr>
                <td class="number">\(Int(job.id))</td>
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
            title: "Jobs now", id: "jobs",
            columns: [.number("Job"), "Kind", "Object", "State", "Worker", .number("Attempt"), "Progress", "Since"],
            rows: rows, empty: "Nothing runs and nothing waits."
        ).html
    }

    var ended: HTML {
        let rows = reading.endedJobs.map { job -> HTML in
            """
            <tr>
            <td class="number">\(Int(job.id))</td>
            <td>\(job.kind)</td>
            <td>\(job.mappingID.flatMap { reading.objectNames[$0] } ?? "–")</td>
            <td>\(Badge.job(job.state))</td>
            <td>\(job.worker ?? "–")</td>
            <td class="text">\(job.outcome ?? "")\(job.state == "failed" ? Self.reason(job.lastError) : "")</td>
            <td>\(PageText.time(job.finishedAt, now: now))</td>
            </tr>
            """
        }
        return DataTable(
            title: "Jobs that ended", id: "ended", columns: [.number("Job"), "Kind", "Object", "State", "Worker", "Outcome", "Ended"],
            rows: rows,
            empty: "No job has ended yet."
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
            <td class="number">\(worker.concurrency > 0 ? "\(worker.running) of \(worker.concurrency)" : "–")</td>
            <td>\(PageText.time(worker.startedAt, now: now))</td>
            </tr>
            """
        }
        return DataTable(
            title: "Live processes", id: "workers", columns: ["Name", "Role", "Host", .number("Jobs"), "Started"], rows: rows,
            empty: "No process reports itself alive. Start a scheduler and a worker."
        ).html
    }

    private static func reason(_ text: String?) -> HTML {
        text.map { "<div class=\"reason\">\($0)</div>" } ?? ""
    }
}
