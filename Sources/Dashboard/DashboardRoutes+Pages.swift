import Catalog
import Foundation
import Hummingbird
import JobQueue
import SyncJournal
import WebServer

extension DashboardRoutes {
    func connections(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        try await ConnectionsPage(
            user: user, now: Date(), reading: ClusterReading.read(catalog.connections(visibleTo: user), for: user, catalog)
        ).html
    }

    func overview(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        let connection = try await catalog.connection(parameters, user)
        let period = HistoryPeriod(request)
        async let lag = writeLag(connection, request, user)
        return try await OverviewTab(
            user: user, now: Date(), connection: connection, mappings: catalog.mappings(connections: [connection.id]),
            period: period, activity: catalog.activityHistory(connection.id, period),
            notifications: catalog.notifications(connection.id, limit: 20), usage: catalog.usage(connection.id),
            rowsToday: catalog.rowsToday(connection.id), writeLag: lag, writeSwitches: catalog.writeSwitches(connection.id),
            lines: recent(ConnectionFrame.path(connection.id), nil, request, user)
        ).html
    }

    private func writeLag(_ connection: Connection, _ request: Request, _ user: User) async -> WriteLag {
        let address = "/api/v3\(ConnectionFrame.path(connection.id))/write-lag"
        let answer = await inTime { [api] in try await api.call(.get, address, for: request, as: user).body }
        guard let document = answer else { return .unknown }
        return document["waiting_since"]?.string == nil ? .none : document.seconds("seconds").map(WriteLag.seconds) ?? .unknown
    }

    /// The latest lines of the log.
    private func recent(_ path: String, _ mapping: UUID?, _ request: Request, _ user: User) async throws -> [JSONValue] {
        let address = PageAddress.make("/api/v3\(path)/logs", [("mapping", mapping?.uuidString.lowercased()), ("limit", "10")])
        return try await api.call(.get, address, for: request, as: user).body.list("results")
    }

    func mappings(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        let connection = try await catalog.connection(parameters, user)
        let mappings = try await catalog.mappings(connections: [connection.id])
        return try await MappingsTab(
            user: user, now: Date(), connection: connection, mappings: mappings,
            allowances: (user.role(on: connection) ?? .viewer) >= .operator ? catalog.pollAllowances(of: mappings.map(\.id)) : [:]
        ).html
    }

    func mapping(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        let (mapping, connection) = try await catalog.mapping(parameters, user)
        let period = HistoryPeriod(request)
        let load = try await load(of: mapping)
        return try await MappingPage(
            user: user, now: Date(), connection: connection, mapping: mapping, period: period,
            activity: catalog.activityHistory(connection.id, mapping: mapping.id, period),
            lines: recent(ConnectionFrame.path(connection.id), mapping.id, request, user), load: load,
            verification: verification(of: mapping, request, user), described: described(mapping, connection),
            allowance: (user.role(on: connection) ?? .viewer) >= .operator ? catalog.pollAllowance(of: mapping.id) : nil
        ).html
    }

    /// How far a mapping's load is; nil while there is none.
    private func load(of mapping: Mapping) async throws -> LoadReport? {
        let jobs = try await queue.jobs(mapping: mapping.id, limit: 50)
        guard let job = jobs.first(where: { $0.kind == "load" && !$0.hasEnded }) else { return nil }
        let progress = try await catalog.loadProgress(job.id)
        return LoadReport(rows: progress.rows, expected: mapping.sfCount, seconds: Date().timeIntervalSince(job.createdAt))
    }

    private func verification(of mapping: Mapping, _ request: Request, _ user: User) async throws -> JSONValue? {
        do {
            return try await api.call(.get, "/api/v3\(MappingPage.path(mapping.id))/verification", for: request, as: user).body
        } catch let error as APIError where error.status == .notFound {
            return nil
        }
    }

    /// What the org said last of an object's fields, by name; nothing when it never did, for a page must not wait for it.
    private func described(_ mapping: Mapping, _ connection: Connection) async throws -> [String: JSONValue] {
        let known = try await catalog.describe(connection.id, object: mapping.objectName, apiVersion: connection.apiVersion)
        let document = try known?.document.map { try JSONValue(parsing: $0) }
        return Dictionary(
            (document?.list("fields") ?? []).map { ($0.text("name").lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
    }

    func logs(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        let connection = try await catalog.connection(parameters, user)
        let query = LogQuery(request)
        let address = query.address("/api/v3\(ConnectionFrame.path(connection.id))/logs", before: query.before, limit: 100)
        return try await LogsTab(
            user: user, now: Date(), connection: connection, mappings: catalog.mappings(connections: [connection.id]), query: query,
            document: api.call(.get, address, for: request, as: user).body,
            drains: outlets(connection, request, user).filter { $0.text("kind") == "drain" }
        ).html
    }

    func jobs(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        let connection = try await catalog.connection(parameters, user)
        return try await JobsTab(
            user: user, now: Date(), connection: connection,
            reading: ClusterReading.read([connection], for: user, catalog, withFailed: true),
            queue: api.call(.get, "/api/v3\(ConnectionFrame.path(connection.id))/queue?limit=50", for: request, as: user).body
        ).html
    }

    func job(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        let connection = try await catalog.connection(parameters, user)
        let job = try await api.call(
            .get, "/api/v3/jobs/\(PageAddress.part(parameters.get("job") ?? ""))", for: request, as: user
        ).body
        guard job["connection"]?.text("id") == connection.id.uuidString.lowercased() else {
            throw APIError.notFound("there is no such job")
        }
        return JobPage(user: user, now: Date(), connection: connection, job: job).html
    }

    func confirmReload(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        let (mapping, connection) = try await catalog.mapping(parameters, user)
        return ConfirmationPage(
            user: user, connection: connection, question: "Reload \(mapping.objectName)?",
            consequences: [
                "All \(PageText.count(mapping.sfCount)) records are read again from Salesforce.",
                "The rows stay readable meanwhile and keep their ids; rows that Salesforce no longer has are removed at the end.",
                "Changes that wait to be written stay and are written.",
            ], action: ActionForm(label: "Reload", action: "\(MappingPage.path(mapping.id))/actions/reload", target: mapping.objectName),
            back: MappingPage.path(mapping.id)
        ).html
    }

    func confirmDelete(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        let (mapping, connection) = try await catalog.mapping(parameters, user)
        return ConfirmationPage(
            user: user, connection: connection, question: "Delete the mapping of \(mapping.objectName)?",
            consequences: [
                "Nothing is read for it or written from it any more; its jobs are called off.",
                "The table \(connection.schemaName).\(mapping.tableName) stays with its \(PageText.count(mapping.dbCount)) rows.",
                "\(PageText.count(mapping.pendingWrites)) changes that wait will not be written.",
            ],
            action: ActionForm(
                label: "Delete", action: "\(MappingPage.path(mapping.id))/actions/delete", target: mapping.objectName, isDangerous: true),
            back: MappingPage.path(mapping.id)
        ).html
    }

    func styleguide(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        StyleguidePage(user: user, now: Date()).html
    }
}
