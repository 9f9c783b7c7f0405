import Catalog
import Foundation
import WebServer

/// What the last comparison of a whole mapping with its object found.
struct VerificationSection {
    let connection: Connection
    let mapping: Mapping
    /// What the API tells of it.
    let document: JSONValue
    let now: Date

    var html: HTML {
        let report = document["report"] ?? [:]
        func figure(_ key: String) -> HTML { "\(PageText.count(report.count(key) ?? 0))" }
        let end: HTML =
            document.time("finished_at").map { "ended \(PageText.time($0, now: now))" }
            ?? "goes on since \(PageText.time(document.time("started_at"), now: now))"
        let examples = report.list("examples").compactMap(\.string).prefix(10)
        let explorer = PageAddress.make(
            ConnectionFrame.Tab.explorer.path(connection.id), [("mapping", mapping.objectName), ("state", "different")])
        return """
            <section aria-labelledby="verification"><h2 id="verification">Verification</h2>
            <p class="detail">\(end), asked for by \(document.text("requested_by"))\(document["repair"] == true ? ", with repair" : "")</p>
            \(Facts(items: [
                ("Compared", figure("compared")), ("Missing in Postgres", figure("missing")), ("Only in Postgres", figure("extra")),
                ("Different", figure("different")), ("Just changing", figure("unsettled")), ("Repaired", figure("repaired")),
            ]).html)
            \(examples.isEmpty ? "" : "<p class=\"detail\">For example \(examples.joined(separator: ", ")). <a href=\"\(explorer)\">Show what differs</a></p>")
            </section>
            """
    }
}
