import Catalog
import Foundation

/// One connection: its mappings, its activity and its jobs.
struct ConnectionPage {
    let user: User
    let now: Date
    let connection: Connection
    let data: DashboardData
    let activity: [ActivityBucket]
    let notifications: [ConnectionNotification]
    let usage: APIUsage

    private var mayAct: Bool { user.role(on: connection) ?? .viewer >= .operator }

    var html: HTML {
        let sections = Sections(data: data, now: now)
        let mappings = data.mappings[connection.id] ?? []
        let chart = ActivityChart(buckets: activity, now: now)
        let writes: HTML =
            mappings.contains { $0.config.access == .readWrite } ? chart.svg(.databaseToSalesforce, title: "Postgres to Salesforce") : ""
        return PageLayout(title: connection.name, user: user, isLive: true).page(
            """
            <nav aria-label="Breadcrumb"><a href="/">Connections</a></nav>
            <h1>\(connection.name)</h1>
            \(notices)
            \(facts)
            \(actions)
            \(sections.table(
                "Mappings", id: "mappings",
                columns: [
                    "Object", "State", "Access", "#Mapped fields", "#Salesforce rows", "#Postgres rows", "#Pending writes", "#Errored writes",
                    "Read up to", "Last poll", "Next poll", "Actions",
                ],
                rows: mappings.map(row), empty: "Nothing is mapped yet. Import a configuration."))
            <section>
            <h2>Activity of the last hour</h2>
            <div class="charts">
            \(chart.svg(.salesforceToDatabase, title: "Salesforce to Postgres"))
            \(writes)
            </div>
            </section>
            \(sections.liveJobs)
            \(sections.endedJobs)
            \(sections.workers)
            \(sections.events)
            """)
    }

    private var notices: HTML {
        HTML(
            notifications.prefix(5).map { notice in
                "<p class=\"notice\" role=\"status\"><strong>\(notice.eventType)</strong> \(notice.message) (\(PageText.time(notice.createdAt, now: now)))</p>"
            })
    }

    private var facts: HTML {
        let calls = usage.limit.map {
            "\(PageText.count(usage.calls)) today; the org counts \(PageText.count(usage.used)) of \(PageText.count($0))"
        }
        return """
            <dl class="facts">
            <div><dt>State</dt><dd>\(PageText.state(connection.state, description: connection.stateDescription))</dd></div>
            <div><dt>App</dt><dd>\(connection.appName)</dd></div>
            <div><dt>Resource</dt><dd>\(connection.resourceName)</dd></div>
            <div><dt>Schema</dt><dd>\(connection.schemaName)\(connection.dbKey.map { " at \($0)" } ?? "")</dd></div>
            <div><dt>Org</dt><dd>\(connection.organizationID ?? "not authorized yet")\(connection.username.map { " as \($0)" } ?? "")</dd></div>
            <div><dt>Write algorithm</dt><dd>\(connection.features.writesInOrder ? "Ordered" : "Merged")</dd></div>
            <div><dt>Last write to Salesforce</dt><dd>\(PageText.time(connection.lastWriteAt, now: now))</dd></div>
            <div><dt>Salesforce calls</dt><dd>\(calls ?? "\(PageText.count(usage.calls)) today")</dd></div>
            </dl>
            """
    }

    private var actions: HTML {
        let path = "/connections/\(connection.id.uuidString.lowercased())/actions"
        var buttons: [HTML] = []
        guard mayAct else { return "" }
        switch connection.state {
        case .idle, .pollingDBChanges, .busy: buttons.append(Self.button("Pause", "\(path)/pause"))
        case .paused: buttons.append(Self.button("Resume", "\(path)/resume"))
        case .new, .needAuthentication, .importConfiguration: break
        default: buttons.append(Self.button("Recover from error", "\(path)/restart"))
        }
        return buttons.isEmpty ? "" : "<div class=\"actions\">\(buttons)</div>"
    }

    private func row(_ mapping: Mapping) -> HTML {
        let path = "/mappings/\(mapping.id.uuidString.lowercased())/actions"
        let name = mapping.objectName
        let buttons: [HTML] =
            connection.state.allowsSync && mayAct
            ? (mapping.watermark == nil ? [] : [Self.button("Poll now", "\(path)/poll", of: name)]) + [
                Self.button("Reload", "\(path)/reload", of: name)
            ]
            : []
        return """
            <tr>
            <th scope="row">\(name)</th>
            <td>\(PageText.state(mapping.state, description: mapping.stateDescription))</td>
            <td class="word">\(mapping.config.access == .readWrite ? "read, write" : "read only")</td>
            <td class="number">\(mapping.config.fields.count)</td>
            <td class="number">\(PageText.count(mapping.sfCount))</td>
            <td class="number">\(PageText.count(mapping.dbCount))</td>
            <td class="number">\(PageText.count(mapping.pendingWrites))</td>
            <td class="number\(mapping.erroredWrites > 0 ? " alarm" : "")">\(PageText.count(mapping.erroredWrites))</td>
            <td>\(PageText.time(mapping.watermark, now: now))</td>
            <td>\(PageText.time(mapping.sfPolledAt, now: now))</td>
            <td>\(PageText.time(mapping.nextPollAt, now: now))</td>
            <td><div class="actions">\(buttons)</div></td>
            </tr>
            """
    }

    private static func button(_ label: String, _ action: String, of name: String? = nil) -> HTML {
        let spoken: HTML = name.map { " <span class=\"unseen\">\($0)</span>" } ?? ""
        return "<form method=\"post\" action=\"\(action)\"><button type=\"submit\">\(label)\(spoken)</button></form>"
    }
}
