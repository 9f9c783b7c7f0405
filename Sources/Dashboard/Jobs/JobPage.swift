import Catalog
import Foundation
import WebServer

/// One job: what it is, how far it is, what went wrong, and what can be done about it.
struct JobPage {
    let user: User
    let now: Date
    let connection: Connection
    /// As the API tells it.
    let job: JSONValue

    var html: HTML {
        let state = job.text("state")
        let id = job.count("id") ?? 0
        let mapping = job["mapping"] ?? .null
        let progress = job["progress"].flatMap { $0 == .null ? nil : $0.text }
        var facts: [(name: String, value: HTML)] = [
            ("State", Badge.job(state)), ("Kind", "\(job.text("kind"))"),
            ("Object", mapping["object_name"]?.string.map { "<a href=\"/mappings/\(mapping.text("id"))\">\($0)</a>" } ?? "–"),
            ("Attempt", "\(PageText.count(job.count("attempt")))"), ("Made", PageText.time(job.time("created_at"), now: now)),
            ("Due", PageText.time(job.time("run_at"), now: now)), ("Began", PageText.time(job.time("started_at"), now: now)),
            ("Ended", PageText.time(job.time("finished_at"), now: now)),
        ]
        if let worker = job["worker"]?.string { facts.append(("Worker", "\(worker)")) }
        if let progress { facts.append(("Progress", "\(PageText.progress(progress))")) }
        if let outcome = job["outcome"]?.string { facts.append(("Outcome", "\(outcome)")) }
        if let error = job["last_error"]?.string { facts.append(("Last error", "<span class=\"alarm\">\(error)</span>")) }
        return ConnectionFrame(user: user, connection: connection, tab: .jobs, erroredWrites: 0).page(
            title: "Job \(id)",
            """
            <h2>Job \(id)</h2>
            \(Facts(items: facts).html)
            \(actions(state))
            <p><a href="\(ConnectionFrame.Tab.jobs.path(connection.id))">All jobs</a></p>
            """)
    }

    private func actions(_ state: String) -> HTML {
        guard user.role(on: connection) ?? .viewer >= .operator else { return "" }
        let path = "\(ConnectionFrame.Tab.jobs.path(connection.id))/\(job.count("id") ?? 0)"
        let form: ActionForm? =
            switch state {
            case "failed", "cancelled": ActionForm(label: "Retry", action: "\(path)/retry")
            case "available", "running": ActionForm(label: "Cancel", action: "\(path)/cancel", isDangerous: true)
            default: nil
            }
        return form.map { "<div class=\"actions\">\($0.html)</div>" } ?? ""
    }
}
