import Catalog
import Foundation

/// One mapping: how its data moved, how far it is, and every field that it maps.
struct MappingPage {
    let user: User
    let now: Date
    let connection: Connection
    let mapping: Mapping
    let period: ActivityPeriod
    let activity: [ActivityBucket]
    let events: [Event]

    static func path(_ mapping: UUID) -> String { "/mappings/\(mapping.uuidString.lowercased())" }

    var html: HTML {
        let writes: HTML =
            mapping.config.access == .readWrite ? histogram(.databaseToSalesforce, title: "Postgres to Salesforce") : ""
        return ConnectionFrame(user: user, connection: connection, tab: .mappings, erroredWrites: mapping.erroredWrites).page(
            title: mapping.objectName,
            """
            <div class="heading"><h2>\(mapping.objectName)</h2>\(Badge.state(mapping.state, description: mapping.stateDescription))\(MappingMenu(
                mapping: mapping, connection: connection, role: user.role(on: connection) ?? .viewer).html)</div>
            \(metrics)
            <section aria-labelledby="activity">
            <div class="heading"><h2 id="activity">Activity</h2>\(PeriodMenu(selected: period).html)</div>
            <div class="charts">
            \(histogram(.salesforceToDatabase, title: "Salesforce to Postgres"))
            \(writes)
            </div>
            </section>
            \(fields)
            \(EventTable(events: events, mappings: [mapping], now: now, title: "Latest events").html)
            """)
    }

    private var metrics: HTML {
        MetricCard.row([
            MetricCard(
                name: "Salesforce rows", value: "\(PageText.count(mapping.sfCount))", detail: PageText.time(mapping.sfCountAt, now: now)),
            MetricCard(
                name: "Postgres rows", value: "\(PageText.count(mapping.dbCount))", detail: PageText.time(mapping.dbCountAt, now: now)),
            MetricCard(name: "Pending writes", value: "\(PageText.count(mapping.pendingWrites))"),
            MetricCard(
                name: "Errored writes", value: "\(PageText.count(mapping.erroredWrites))", isAlarming: mapping.erroredWrites > 0),
            MetricCard(
                name: "Read up to", value: PageText.time(mapping.watermark, now: now),
                detail: "next poll \(PageText.time(mapping.nextPollAt, now: now))"),
        ])
    }

    private var fields: HTML {
        let config = mapping.config
        let indexes = Dictionary(config.indexes.map { ($0.field, $0.isUnique ? "unique" : "yes") }, uniquingKeysWith: { first, _ in first })
        return DataTable(
            title: "Mapped fields", id: "fields", columns: ["Salesforce field", "Column", "Index", "Role"],
            rows: config.fields.map { field in
                let role = field == config.upsertField ? "unique identifier" : ""
                return """
                    <tr><th scope="row">\(field)</th><td><code>\(SalesforceName.column(ofField: field))</code></td>
                    <td>\(indexes[field] ?? "–")</td><td>\(role)</td></tr>
                    """
            }, empty: "No field is mapped."
        ).html
    }

    private func histogram(_ direction: SyncDirection, title: String) -> HTML {
        Histogram(title: title, buckets: activity.filter { $0.direction == direction }, period: period, now: now).html
    }
}
