import Catalog
import Foundation
import Postgres
import WebServer

/// A connection as the API tells it.
struct ConnectionDocument {
    let connection: Connection
    let summary: String
    let database: PostgresConfiguration?

    /// The members of the answer; `detail_url` is relative here, absolute in discovery.
    var members: [JSONValue.Member] {
        let id = connection.id.uuidString.lowercased()
        let path = "/api/v3/connections/\(id)"
        return [
            .init("id", .string(id)),
            .init("_id", .integer(connection.internalID)),
            .init("name", .string(connection.name)),
            .init("internal_name", .string(connection.appName)),
            .init("addon_id", .string(id)),
            .init("resource_name", .string(connection.resourceName)),
            .init("app_name", .string(connection.appName)),
            .init("app_id", .string(connection.appID.uuidString.lowercased())),
            .init("team_name", nil),
            .init("enterprise_account_name", nil),
            .init("schema_name", .string(connection.schemaName)),
            .init("db_key", .optional(connection.dbKey)),
            .init("database", databaseDocument),
            .init("organization_id", .string(connection.organizationID ?? "")),
            .init("state", .string(connection.state.rawValue)),
            .init("state_description", .optional(connection.toldDescription)),
            .init("mappings_summary_state", .string(summary)),
            .init("detail_url", .string(path)),
            .init("tags", []),
            .init("sf_info", salesforceDocument),
            .init("api_version", .string(connection.apiVersion)),
            .init("created_at", .string(Timestamp.iso(connection.createdAt))),
            .init("auth_updated", .optional(Timestamp.iso(connection.authUpdatedAt))),
            .init("plan", "self-hosted"),
            .init("free_edition", false),
            .init("dogwood", false),
            .init("user_info", UserInfo.document(connection.userInfo)),
            .init("metrics", ["last_write_activity_time": .optional(Timestamp.iso(connection.lastWriteAt))]),
            .init("logplex_log_enabled", false),
            .init("deletable", true),
            .init("large_query_threshold", .integer(connection.largeQueryThreshold)),
            .init("bulk_page_size", .integer(connection.bulkPageSize)),
            .init("soap_batch_size", .integer(connection.writeBatchSize)),
            .init("features", .object(ConnectionFeatures.defaults.map { .init($0.name, .bool(connection.features[$0.name])) })),
            .init("notifications_url", .string("\(path)/notifications")),
            .init("odata", nil),
            .init("sf_instance", nil),
            .init("sf_region", nil),
        ]
    }

    private var databaseDocument: JSONValue {
        guard let database else { return nil }
        return ["host": .string(database.host), "database": .string(database.database), "port": .integer(database.port)]
    }

    private var salesforceDocument: JSONValue {
        [
            "username": .optional(connection.username),
            "organization_id": .string(connection.organizationID ?? ""),
            "environment": .string(connection.environment),
            "domain": .string(connection.loginURL),
            "api_version": .string(connection.apiVersion),
        ]
    }
}
