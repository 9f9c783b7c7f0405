import Catalog
import Foundation
import SyncJournal
import WebServer

/// A connection at a glance: what is wrong, what its mappings are doing, the figures that matter, and how data moved.
struct OverviewTab {
    let user: User
    let now: Date
    let connection: Connection
    let mappings: [Mapping]
    let period: HistoryPeriod
    let activity: [ActivityBucket]
    let notifications: [ConnectionNotification]
    let usage: DailyCallUsage
    /// Rows that moved since the day began, either way.
    let rowsToday: Int
    let writeLag: WriteLag
    let writeSwitches: WriteSwitches
    /// The latest lines of the log, as the API tells them.
    let lines: [JSONValue]

    var html: HTML {
        let writes: HTML =
            mappings.contains { $0.config.access == .readWrite } ? histogram(.databaseToSalesforce, title: "Postgres to Salesforce") : ""
        return ConnectionFrame(
            user: user, connection: connection, tab: .overview, erroredWrites: mappings.map(\.erroredWrites).reduce(0, +)
        ).page(
            """
            \(notices)
            \(metrics)
            <div class="columns">
            <section aria-labelledby="summary"><h2 id="summary">Mappings</h2>\(summary)</section>
            <section aria-labelledby="facts"><h2 id="facts">Connection</h2>\(facts)</section>
            </div>
            <section aria-labelledby="activity">
            <div class="heading"><h2 id="activity">Activity</h2>\(PeriodMenu(selected: period).html)</div>
            <div class="charts">
            \(histogram(.salesforceToDatabase, title: "Salesforce to Postgres"))
            \(writes)
            </div>
            </section>
            \(LogTable(connection: connection.id, lines: lines, now: now, title: "Latest events").html)
            """)
    }

    private var base: String { ConnectionFrame.path(connection.id) }

    private var notices: HTML {
        let mayDismiss = user.role(on: connection) ?? .viewer >= .operator
        return HTML(
            notifications.prefix(5).map { notice in
                Notice(
                    notification: notice, now: now, cause: cause(of: notice),
                    dismissal: mayDismiss ? "\(base)/notifications/\(notice.id)/dismiss" : nil
                ).html
            })
    }

    /// Notifications of a mapping name its object at their beginning: "Account: …", "Writes to Account failed: …".
    private func cause(of notice: ConnectionNotification) -> String {
        let words = notice.message.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.prefix(3).map(String.init)
        guard let mapping = mappings.first(where: { words.contains($0.objectName) }) else {
            return "\(ConnectionFrame.Tab.logs.path(connection.id))?level=error"
        }
        return mapping.erroredWrites > 0
            ? PageAddress.make(
                ConnectionFrame.Tab.explorer.path(connection.id), [("mapping", mapping.objectName), ("state", "failed")])
            : MappingPage.path(mapping.id)
    }

    private var metrics: HTML {
        let errored = mappings.map(\.erroredWrites).reduce(0, +)
        let left = usage.limit.map { "\(PageText.count(max(0, $0 - (usage.used ?? usage.calls))))" as HTML }
        return MetricCard.row([
            ReadLag(mappings, of: connection, now: now).card(now: now),
            writeLag.card(SyncHalt(connection.state, writes: writeSwitches.mode)),
            MetricCard(
                name: "Pending writes", value: "\(PageText.count(mappings.map(\.pendingWrites).reduce(0, +)))",
                detail: "last written \(PageText.time(connection.lastWriteAt, now: now))"),
            MetricCard(name: "Errored writes", value: "\(PageText.count(errored))", isAlarming: errored > 0),
            MetricCard(name: "Rows today", value: "\(PageText.count(rowsToday))", detail: "both ways, since 00:00 UTC"),
            MetricCard(
                name: "Salesforce calls left", value: left ?? "–", detail: "\(PageText.count(usage.calls)) used by Sluice today"),
        ])
    }

    private var summary: HTML {
        guard !mappings.isEmpty else { return EmptyState("Nothing is mapped yet.", next: next).html }
        let groups = Dictionary(grouping: mappings, by: \.state).sorted { ($0.value.count, $0.key.label) > ($1.value.count, $1.key.label) }
        return """
            <ul class="summary">
            \(groups.map { state, members -> HTML in
                let names = members.map(\.objectName).sorted()
                let shown = names.prefix(6).joined(separator: ", ") + (names.count > 6 ? " and \(names.count - 6) more" : "")
                return "<li><strong class=\"number\">\(members.count)</strong> \(Badge.state(state, description: nil)) <span class=\"detail\">\(shown)</span></li>"
            })
            </ul>
            """
    }

    private var next: HTML {
        user.role(on: connection) ?? .viewer >= .admin
            ? "<p><a href=\"\(SetupPage.path(connection.id))\">Go on with the set-up</a></p>"
            : "<p>An admin of the connection chooses what is.</p>"
    }

    private var facts: HTML {
        Facts(items: [
            ("App", "\(connection.appName)"),
            ("Schema", "\(connection.schemaName)\(connection.dbKey.map { " at \($0)" } ?? "")"),
            ("Org", "\(connection.organizationID ?? "not authorized yet")\(connection.username.map { " as \($0)" } ?? "")"),
            ("Write algorithm", "\(connection.features.writesInOrder ? "Ordered" : "Merged")"),
        ]).html
    }

    private func histogram(_ direction: SyncDirection, title: String) -> HTML {
        Histogram(title: title, buckets: activity.filter { $0.direction == direction }, period: period).html
    }
}
