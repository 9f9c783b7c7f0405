import Catalog
import Foundation
import WebServer

/// How many calls to Salesforce were made today, and how many may be.
struct CallsSection {
    let mappings: [Mapping]
    let budgets: [UUID: CallBudget]
    let usage: DailyCallUsage
    let isAdmin: Bool

    var html: HTML {
        let org: HTML =
            usage.limit.map {
                "The org counts \(PageText.count(usage.used)) of \(PageText.count($0)) calls of all its clients in 24 hours; "
            } ?? ""
        let rows = mappings.sorted { (budgets[$0.id]?.spent ?? 0, $1.objectName) > (budgets[$1.id]?.spent ?? 0, $0.objectName) }.map(row)
        return """
            \(DataTable(
                title: "Salesforce calls today", id: "calls",
                columns: ["Object", "Spent on reading", "Actions"], rows: rows,
                empty: "Nothing is mapped yet."
            ).html)
            <p class="detail">\(org)Sluice made \(PageText.count(usage.calls)) for this connection since 00:00 UTC, writes and questions among them, of the \(PageText.count(together)) that its mappings may take together (<code>sf_max_daily_api_calls</code>). From half of those on polls are slowed, and the last fifth is kept for writes. A mapping whose own limit is spent is polled again on the next day.</p>
            """
    }

    private var together: Int { budgets.values.map(\.perDay).reduce(0, +) }

    private func row(_ mapping: Mapping) -> HTML {
        guard let budget = budgets[mapping.id] else { return "" }
        let edit: HTML =
            isAdmin
            ? "<a href=\"\(MappingPage.path(mapping.id))/edit#calls\">Change<span class=\"unseen\"> the limit of \(mapping.objectName)</span></a>"
            : ""
        return """
            <tr><th scope="row"><a href="\(MappingPage.path(mapping.id))">\(mapping.objectName)</a></th>
            <td>\(ProgressBar(done: budget.spent, of: budget.perDay, label: "Calls of \(mapping.objectName) spent").html)\(budget.isSpent ? " \(Badge(label: "spent", tone: .wait).html)" : "")</td><td>\(edit)</td></tr>
            """
    }
}
