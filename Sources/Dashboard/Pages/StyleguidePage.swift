import Catalog
import Foundation
import SyncJournal
import WebServer

/// Every component once, for whoever builds pages. Served where the environment asks for it.
struct StyleguidePage {
    let user: User
    let now: Date

    var html: HTML {
        let buckets = (0..<60).map { place in
            ActivityBucket(
                start: now.addingTimeInterval(Double(place - 59) * 60), direction: .salesforceToDatabase,
                rows: place < 20 ? 0 : (place * 37) % 113, errors: place % 9 == 4 ? 7 : 0)
        }
        return PageLayout(title: "Styleguide", user: user).page(
            """
            <h1>Styleguide</h1>
            <section><h2>Badge</h2><p>\(Badge.Tone.allCases.map { Badge(label: $0.rawValue, tone: $0).html })</p></section>
            <section><h2>MetricCard</h2>\(MetricCard.row([
                MetricCard(name: "Read lag", value: "12 s", detail: "of the mapping read longest ago"),
                MetricCard(name: "Errored writes", value: "3", isAlarming: true),
            ]))</section>
            <section><h2>Histogram</h2>\(Histogram(title: "Salesforce to Postgres", buckets: buckets, period: .hour).html)</section>
            <section><h2>PeriodMenu</h2>\(PeriodMenu(selected: .day).html)</section>
            <section><h2>FilterForm</h2>\(FilterForm(fields: [
                .choice(name: "state", label: "State", options: [("any", "all rows"), ("failed", "failed")], selected: "any"),
                .text(name: "search", label: "Search", value: "", hint: "id, name"),
            ]).html)</section>
            <section><h2>SetupSteps</h2>\(SetupSteps(current: .salesforce).html)</section>
            <section><h2>LoadReport</h2>\(LoadReport(rows: 7000, expected: 10_000, seconds: 30).html)</section>
            <section><h2>ProgressBar</h2>\(ProgressBar(done: 700, of: 1000, label: "Pages loaded").html)</section>
            <section><h2>Facts</h2>\(Facts(items: [("App", "acme"), ("Schema", "salesforce")]).html)</section>
            <section><h2>ActionMenu</h2>\(ActionMenu(
                name: "Account",
                items: [
                    .link("Logs", to: "#"), .action(ActionForm(label: "Poll now", action: "#")),
                    .unavailable("Reload", because: "the connection is paused"),
                ]
            ).html)</section>
            \(DataTable(
                title: "DataTable", id: "table", columns: ["Object", .number("Rows")],
                rows: ["<tr><th scope=\"row\">Account</th><td class=\"number\">1,234</td></tr>"], empty: "Nothing."
            ).html)
            \(DataTable(title: "EmptyState", id: "empty", columns: [], rows: [], empty: "Nothing is mapped yet.").html)
            """)
    }
}
