import Catalog
import Foundation
import Hummingbird

extension DashboardRoutes {
    func connections(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        try await ConnectionsPage(
            user: user, now: Date(), reading: ClusterReading.read(services.catalog.connections(visibleTo: user), for: user, services)
        ).html
    }

    func overview(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        let connection = try await services.connection(parameters, user)
        let period = ActivityPeriod(query: request.uri.queryParameters["period"].map(String.init))
        return try await OverviewTab(
            user: user, now: Date(), connection: connection, mappings: services.catalog.mappings(connections: [connection.id]),
            period: period,
            activity: services.catalog.activity(connection.id, period: .seconds(period.length), span: .seconds(period.span)),
            notifications: services.catalog.notifications(connection.id, limit: 20), usage: services.catalog.usage(connection.id),
            events: services.catalog.events(connections: [connection.id], limit: 10)
        ).html
    }

    func mappings(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        let connection = try await services.connection(parameters, user)
        return try await MappingsTab(
            user: user, now: Date(), connection: connection, mappings: services.catalog.mappings(connections: [connection.id])
        ).html
    }

    func mapping(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        let (mapping, connection) = try await services.mapping(parameters, user)
        let period = ActivityPeriod(query: request.uri.queryParameters["period"].map(String.init))
        return try await MappingPage(
            user: user, now: Date(), connection: connection, mapping: mapping, period: period,
            activity: services.catalog.activity(
                connection.id, mapping: mapping.id, period: .seconds(period.length), span: .seconds(period.span)),
            events: services.catalog.events(connections: [connection.id], mapping: mapping.id, limit: 10)
        ).html
    }

    func logs(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        let connection = try await services.connection(parameters, user)
        let query = request.uri.queryParameters
        let mapping = query["mapping"].flatMap { UUID(uuidString: String($0)) }
        let level = query["level"].flatMap { EventLevel(rawValue: String($0)) }
        return try await LogsTab(
            user: user, now: Date(), connection: connection, mappings: services.catalog.mappings(connections: [connection.id]),
            events: services.catalog.events(connections: [connection.id], mapping: mapping, level: level, limit: 200), mapping: mapping,
            level: level
        ).html
    }

    func jobs(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        let connection = try await services.connection(parameters, user)
        return try await JobsTab(
            user: user, now: Date(), connection: connection, reading: ClusterReading.read([connection], for: user, services)
        ).html
    }

    func settings(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        let connection = try await services.connection(parameters, user)
        return try await SettingsTab(
            user: user, now: Date(), connection: connection, mappings: services.catalog.mappings(connections: [connection.id]),
            usage: services.catalog.usage(connection.id)
        ).html
    }

    func confirmReload(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        let (mapping, connection) = try await services.mapping(parameters, user)
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
        let (mapping, connection) = try await services.mapping(parameters, user)
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
