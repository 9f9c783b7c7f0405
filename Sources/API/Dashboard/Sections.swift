import Catalog
import Foundation

/// The parts that both pages show.
struct Sections {
    let data: DashboardData
    let now: Date

    var liveJobs: HTML {
        let rows = data.jobs.map { job -> HTML in
            let isRunning = job.state == "running"
            let waits: HTML = job.runAt > now ? "waits, due \(PageText.time(job.runAt, now: now))" : "waits"
            return """
                <tr>
                <td>\(Int(job.id))</td>
                <td>\(job.kind)</td>
                <td>\(job.objectName ?? "–")</td>
                <td>\(isRunning ? "<span class=\"badge good\">running</span>" : waits)</td>
                <td>\(job.worker ?? "–")</td>
                <td class="number">\(job.attempt)</td>
                <td>\(PageText.progress(job.progress))\(Self.reason(job.lastError))</td>
                <td>\(PageText.time(isRunning ? job.startedAt : job.createdAt, now: now))</td>
                </tr>
                """
        }
        return table(
            "Jobs now", id: "jobs", columns: ["Job", "Kind", "Object", "State", "Worker", "#Attempt", "Progress", "Since"], rows: rows,
            empty: "Nothing runs and nothing waits.")
    }

    var endedJobs: HTML {
        let rows = data.endedJobs.map { job -> HTML in
            let tone = job.state == "failed" ? "bad" : job.state == "completed" ? "good" : "wait"
            return """
                <tr>
                <td>\(Int(job.id))</td>
                <td>\(job.kind)</td>
                <td>\(job.objectName ?? "–")</td>
                <td><span class="badge \(tone)">\(job.state)</span></td>
                <td>\(job.worker ?? "–")</td>
                <td>\(job.outcome ?? "")\(job.state == "failed" ? Self.reason(job.lastError) : "")</td>
                <td>\(PageText.time(job.finishedAt, now: now))</td>
                </tr>
                """
        }
        return table(
            "Jobs that ended", id: "ended", columns: ["Job", "Kind", "Object", "State", "Worker", "Outcome", "Ended"], rows: rows,
            empty: "No job has ended yet.")
    }

    var workers: HTML {
        guard let workers = data.workers else { return "" }
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
        return table(
            "Live processes", id: "workers", columns: ["Name", "Role", "Host", "#Jobs", "Started"], rows: rows,
            empty: "No process reports itself alive. Start a scheduler and a worker.")
    }

    var events: HTML {
        let names = Dictionary(data.mappings.values.joined().map { ($0.id, $0.objectName) }, uniquingKeysWith: { first, _ in first })
        let rows = data.events.map { event -> HTML in
            let tone = event.level == .error ? "bad" : event.level == .warning ? "wait" : "plain"
            return """
                <tr>
                <td>\(PageText.time(event.at, now: now))</td>
                <td><span class="badge \(tone)">\(event.level.rawValue)</span></td>
                <td>\(event.mappingID.flatMap { names[$0] } ?? "–")</td>
                <td>\(event.message)</td>
                </tr>
                """
        }
        return table(
            "Recent events", id: "events", columns: ["When", "Level", "Object", "Event"], rows: rows, empty: "Nothing has happened yet.")
    }

    /// A table under a heading. A column whose name starts with # holds numbers.
    func table(_ title: String, id: String, columns: [String], rows: [HTML], empty: String) -> HTML {
        let head = columns.map { name -> HTML in
            name.hasPrefix("#") ? "<th scope=\"col\" class=\"number\">\(String(name.dropFirst()))</th>" : "<th scope=\"col\">\(name)</th>"
        }
        let content: HTML =
            rows.isEmpty
            ? "<p class=\"empty\">\(empty)</p>"
            : """
            <div class="scroll" tabindex="0" role="region" aria-labelledby="\(id)">
            <table>
            <thead><tr>\(head)</tr></thead>
            <tbody>
            \(rows)
            </tbody>
            </table>
            </div>
            """
        return """
            <section>
            <h2 id="\(id)">\(title)</h2>
            \(content)
            </section>
            """
    }

    private static func reason(_ text: String?) -> HTML {
        text.map { "<div class=\"reason\">\($0)</div>" } ?? ""
    }
}
