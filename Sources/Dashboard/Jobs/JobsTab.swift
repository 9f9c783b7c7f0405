import Catalog
import Foundation
import SyncJournal
import WebServer

/// How deep the queue is, what runs and waits and what for, what ended, the last hour, and who works.
struct JobsTab {
    let user: User
    let now: Date
    let connection: Connection
    let reading: ClusterReading
    /// The queue as the API tells it.
    let queue: JSONValue

    var html: HTML {
        let sections = JobSections(reading: reading, now: now, canAct: user.role(on: connection) ?? .viewer >= .operator)
        return ConnectionFrame(
            user: user, connection: connection, tab: .jobs,
            erroredWrites: (reading.mappings[connection.id] ?? []).map(\.erroredWrites).reduce(0, +)
        ).page(
            """
            \(metrics)
            <section aria-labelledby="hour"><div class="heading"><h2 id="hour">The last hour</h2></div>\(timeline)</section>
            \(sections.failed)
            \(sections.running)
            \(waiting)
            \(sections.ended)
            \(depth)
            \(sections.processes)
            """)
    }

    private var metrics: HTML {
        let kinds = queue.list("kinds")
        func sum(_ key: String) -> Int { kinds.compactMap { $0.count(key) }.reduce(0, +) }
        let oldest = kinds.compactMap { $0.seconds("oldest_ready_seconds") }.max()
        let ended = queue.list("timeline")
        let failed = ended.compactMap { $0.count("failed") }.reduce(0, +)
        return MetricCard.row([
            MetricCard(name: "Running", value: "\(PageText.count(sum("running")))"),
            MetricCard(
                name: "Ready", value: "\(PageText.count(sum("ready")))",
                detail: oldest.map { "the oldest for \(PageText.age($0))" } ?? "nothing waits for a worker"),
            MetricCard(name: "Scheduled", value: "\(PageText.count(sum("scheduled")))", detail: "their time is to come"),
            MetricCard(name: "Completed, last hour", value: "\(PageText.count(ended.compactMap { $0.count("completed") }.reduce(0, +)))"),
            MetricCard(name: "Failed, last hour", value: "\(PageText.count(failed))", isAlarming: failed > 0),
        ])
    }

    private var timeline: HTML {
        let buckets = queue.list("timeline").compactMap { minute -> ActivityBucket? in
            guard let start = minute.time("start") else { return nil }
            let failed = (minute.count("failed") ?? 0) + (minute.count("cancelled") ?? 0)
            return ActivityBucket(
                start: start, direction: .salesforceToDatabase, rows: minute.count("completed") ?? 0, errors: failed)
        }
        return Histogram(title: "Jobs that ended", buckets: buckets, period: .hour, words: .ended).html
    }

    private var waiting: HTML {
        let rows = queue.list("waiting").map { job -> HTML in
            let id = job.count("id") ?? 0
            let object = job["mapping"]?["id"]?.string.flatMap { UUID(uuidString: $0) }.flatMap { reading.objectNames[$0] }
            let holder: HTML =
                job.count("held_by").map { " (<a href=\"\(ConnectionFrame.Tab.jobs.path(connection.id))/\($0)\">job \($0)</a>)" } ?? ""
            return """
                <tr>
                <td class="number"><a href="\(ConnectionFrame.Tab.jobs.path(connection.id))/\(id)">\(id)</a></td>
                <td>\(job.text("kind"))</td>
                <td>\(object ?? "–")</td>
                <td class="text">\(job.text("waits_for"))\(holder)\(job["last_error"]?.string.map { "<div class=\"reason\">\($0)</div>" } ?? "")</td>
                <td class="number">\(PageText.count(job.count("attempt")))</td>
                <td>\(PageText.time(job.time("run_at"), now: now))</td>
                </tr>
                """
        }
        return DataTable(
            title: "Waiting", id: "waiting", columns: [.number("Job"), "Kind", "Object", "Waits for", .number("Attempts"), "Due"],
            rows: rows,
            empty: "Nothing waits."
        ).html
    }

    private var depth: HTML {
        let rows = queue.list("kinds").map { kind -> HTML in
            let mark: HTML = kind["estimated"] == true ? "at least " : ""
            return """
                <tr><th scope="row">\(kind.text("kind"))</th><td class="number">\(PageText.count(kind.count("running")))</td>
                <td class="number">\(mark)\(PageText.count(kind.count("ready")))</td><td class="number">\(mark)\(PageText.count(kind.count("scheduled")))</td>
                <td class="number">\(kind.seconds("oldest_ready_seconds").map { PageText.age($0) } ?? "–")</td></tr>
                """
        }
        return DataTable(
            title: "Depth by kind", id: "depth",
            columns: ["Kind", .number("Running"), .number("Ready"), .number("Scheduled"), .number("Oldest ready")],
            rows: rows, empty: "No job runs or waits."
        ).html
    }
}
