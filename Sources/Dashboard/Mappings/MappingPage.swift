import Catalog
import Foundation
import SyncJournal
import WebServer

/// One mapping: how its data moved, how far it is, and every field that it maps.
struct MappingPage {
    let user: User
    let now: Date
    let connection: Connection
    let mapping: Mapping
    let period: HistoryPeriod
    let activity: [ActivityBucket]
    /// The latest lines of the log, as the API tells them.
    let lines: [JSONValue]
    /// The load that runs or waits.
    let load: LoadReport?
    /// What was compared, as the API tells it.
    let verification: JSONValue?
    /// The object's fields as the org described them last, by name in lower case.
    let described: [String: JSONValue]
    let allowance: PollAllowance?

    static func path(_ mapping: UUID) -> String { "/mappings/\(mapping.uuidString.lowercased())" }

    var html: HTML {
        let writes: HTML =
            mapping.config.access == .readWrite ? histogram(.databaseToSalesforce, title: "Postgres to Salesforce") : ""
        return ConnectionFrame(user: user, connection: connection, tab: .mappings, erroredWrites: mapping.erroredWrites).page(
            title: mapping.objectName,
            """
            <div class="heading"><h2>\(mapping.objectName)</h2>\(Badge.state(mapping.state, description: mapping.stateDescription))\(MappingMenu(
                mapping: mapping, connection: connection, role: user.role(on: connection) ?? .viewer, allowance: allowance, now: now).html)</div>
            \(load.map(\.html) ?? "")
            \(metrics)
            <section aria-labelledby="activity">
            <div class="heading"><h2 id="activity">Activity</h2>\(PeriodMenu(selected: period).html)</div>
            <div class="charts">
            \(histogram(.salesforceToDatabase, title: "Salesforce to Postgres"))
            \(writes)
            </div>
            </section>
            \(verification.map { VerificationSection(connection: connection, mapping: mapping, document: $0, now: now).html } ?? "")
            \(fields)
            \(LogTable(connection: connection.id, lines: lines, now: now, title: "Latest events").html)
            """)
    }

    private var metrics: HTML {
        MetricCard.row([
            MetricCard(
                name: "Salesforce rows", value: "\(PageText.count(mapping.sfCount, mapping.sfCountKind, of: mapping.sfCountAt, now: now))",
                detail: PageText.time(mapping.sfCountAt, now: now)),
            MetricCard(
                name: "Postgres rows", value: "\(PageText.count(mapping.dbCount, mapping.dbCountKind, of: mapping.dbCountAt, now: now))",
                detail: PageText.time(mapping.dbCountAt, now: now)),
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
            title: "Mapped fields", id: "fields",
            columns: ["Salesforce field", "Salesforce type", "Column", "Column type", "Index", "Role"],
            rows: config.fields.map { field in
                let known = described[field.lowercased()]
                let isIdentifier = field.lowercased() == config.upsertField?.lowercased()
                let roles = [
                    isIdentifier ? "unique identifier" : nil, known?["calculated"] == true ? "formula" : nil,
                    known?["autoNumber"] == true ? "auto number" : nil,
                    (known?.list("referenceTo") ?? []).isEmpty
                        ? nil : "refers to \(known?.list("referenceTo").compactMap(\.string).joined(separator: ", ") ?? "")",
                    !described.isEmpty && known == nil && !field.contains(".") && !field.contains("__r__")
                        ? "not in the org any more" : nil,
                ].compactMap { $0 }
                return """
                    <tr><th scope="row">\(field)<span class="detail"> \(known?.text("label") ?? "")</span></th><td>\(known?.text("type") ?? "–")</td>
                    <td><code>\(SalesforceName.column(ofField: field))</code></td><td><code>\(known?.text("column_type") ?? "–")</code></td>
                    <td>\(indexes[field] ?? "–")</td><td>\(roles.joined(separator: ", "))</td></tr>
                    """
            }, empty: "No field is mapped."
        ).html
    }

    private func histogram(_ direction: SyncDirection, title: String) -> HTML {
        Histogram(title: title, buckets: activity.filter { $0.direction == direction }, period: period).html
    }
}
