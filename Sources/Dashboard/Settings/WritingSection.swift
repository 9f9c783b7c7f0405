import Catalog
import Foundation
import WebServer

/// How a connection writes, and what keeps it from writing on purpose.
struct WritingSection {
    let connection: Connection
    /// The safety switches as the API tells them.
    let switches: JSONValue
    let role: Role
    let now: Date

    private var base: String { ConnectionFrame.path(connection.id) }

    private static let modes: [(value: String, label: String)] = [
        ("on", "on: changes are written"), ("paused", "paused: changes wait, reading goes on"),
        ("read_only", "read only: no change is ever written"), ("dry_run", "dry run: changes wait, a report says what would be sent"),
    ]

    var html: HTML {
        """
        <section aria-labelledby="writing"><h2 id="writing">Writing and counting</h2>\(algorithm)</section>
        <section aria-labelledby="safety"><h2 id="safety">Safety switches</h2>\(safety)</section>
        """
    }

    private func choice(_ name: String, _ label: String, _ options: [(value: String, label: String)], _ selected: String) -> HTML {
        let list = options.map { option -> HTML in
            "<option value=\"\(option.value)\"\(option.value == selected ? " selected" : "")>\(option.label)</option>"
        }
        return "<label for=\"\(name)\">\(label)</label><select id=\"\(name)\" name=\"\(name)\">\(list)</select>"
    }

    private var algorithm: HTML {
        let features = connection.features
        guard role >= .admin else {
            return Facts(items: [
                ("Write algorithm", features.writesInOrder ? "Ordered" : "Merged"),
                ("Bulk writes", features.disablesBulkWrites ? "never" : "for many changes"),
                ("Salesforce counts", features.countsByStatistics ? "by statistics" : "exact"),
            ]).html
        }
        return """
            <form method="post" class="edit card" action="\(base)/change">
            \(choice("poll_db_no_merge", "Write algorithm", [("true", "Ordered: each change by itself"), ("false", "Merged: one change a record")], String(features.writesInOrder)))
            \(choice("disable_bulk_writes", "Bulk API for many changes", [("false", "yes"), ("true", "never")], String(features.disablesBulkWrites)))
            \(choice("rest_count_only", "Count Salesforce rows", [("false", "one by one"), ("true", "by statistics, which costs no call")], String(features.countsByStatistics)))
            <div class="actions"><button type="submit">Save</button></div></form>
            """
    }

    private var safety: HTML {
        let limit = switches.count("deletes_per_hour")
        let mode = switches.text("mode")
        let form: HTML =
            role < .admin
            ? Facts(items: [
                ("Writes", "\(Self.modes.first { $0.value == mode }?.label ?? mode)"),
                ("Deletes an hour", limit.map { "at most \(PageText.count($0))" } ?? "any number"),
            ]).html
            : """
            <form method="post" class="edit card" action="\(base)/writes">
            \(choice("mode", "Writes to Salesforce", Self.modes, mode))
            <label for="deletes">Deletes an hour, at most; empty for any number</label>
            <input id="deletes" name="deletes" type="number" min="0" max="2147483647" value="\(limit.map(String.init) ?? "")">
            <div class="actions"><button type="submit">Save</button></div></form>
            """
        return "\(stopped)\(form)\(dryRun)"
    }

    private var stopped: HTML {
        guard let since = switches.time("deletes_stopped_at") else { return "" }
        let button: HTML =
            role < .operator
            ? "" : ActionForm(label: "Let them go", action: "\(base)/allow-deletes", target: "the deletes", isDangerous: true).html
        return """
            <div class="notice"><p><strong>Deletes wait</strong> since \(PageText.time(since, now: now)): there are more than the limit lets through.</p>
            <div class="actions">\(button)</div></div>
            """
    }

    private var dryRun: HTML {
        guard let report = switches["dry_run"], report != .null else { return "" }
        return """
            <details class="card"><summary>The last dry run, \(PageText.time(switches.time("dry_run_at"), now: now))</summary>
            <pre tabindex="0" role="region" aria-label="Dry run"><code>\(report.prettyText)</code></pre></details>
            """
    }
}
