public import Foundation
import Postgres

/// A pair of one Salesforce org and one schema of one target database; Heroku calls it an add-on. Secrets in it stay sealed.
public struct Connection: Sendable, Identifiable {
    /// The id in every address of the API.
    public let id: UUID
    /// A short number, for clients that want one (`_id`).
    public let internalID: Int64
    /// What people call it.
    public let name: String
    /// The app it belongs to: access is granted by app.
    public let appName: String
    /// The app's id, the same for every connection of the app.
    public let appID: UUID
    /// `herokuconnect-<word>-<digits>`, unique.
    public let resourceName: String
    /// Name of the environment variable that holds the target database's address, when the address is not stored sealed.
    public let dbKey: String?
    /// The target database's address, sealed; see `ConnectionAddress`.
    public let databaseURLSealed: String?
    /// Whether an operator lets the app use the variable `dbKey`; false when there is none.
    public let isDatabaseKeyAllowed: Bool
    /// The target schema.
    public let schemaName: String
    /// What it is doing.
    public let state: ConnectionState
    /// Why, when the state needs a reason.
    public let stateDescription: String?
    /// The Salesforce credentials, sealed; see `CredentialSeal`.
    public let credentialsSealed: String?
    /// `production`, `sandbox` or `custom`.
    public let environment: String
    /// Where logins go.
    public let loginURL: String
    /// Salesforce API version, such as `60.0`.
    public let apiVersion: String
    /// Where the org answers, once a login told.
    public let instanceURL: String?
    /// The integration user.
    public let username: String?
    /// The org's id, 18 characters.
    public let organizationID: String?
    /// The integration user's id.
    public let salesforceUserID: String?
    /// The identity document of the last authorization, JSON text.
    public let userInfo: String?
    /// How polls keep within the day's calls to Salesforce; nil while there is no need to save any.
    public let budgetDescription: String?
    /// When polls begin again that rest for the day's calls.
    public let pollsRestUntil: Date?
    /// Switches; absent ones have their default.
    public let features: ConnectionFeatures
    /// Rows up to which a load or poll reads by REST, whatever is quicker.
    public let largeQueryThreshold: Int
    /// How fast the org's bulk queries are.
    public let bulkPace: BulkPace
    /// Rows a bulk result page.
    public let bulkPageSize: Int
    /// Records a write call.
    public let writeBatchSize: Int
    /// When it was made.
    public let createdAt: Date
    /// When it was last authorized.
    public let authUpdatedAt: Date?
    /// When something was last written to Salesforce.
    public let lastWriteAt: Date?
    /// When the trigger log is looked at without a notification.
    public let nextWritePollAt: Date

    init(row: PostgresRow) throws {
        id = try row.decode("id")
        internalID = try row.decode("internal_id")
        name = try row.decode("name")
        appName = try row.decode("app_name")
        appID = try row.decode("app_id")
        resourceName = try row.decode("resource_name")
        dbKey = try row.decodeIfPresent("db_key")
        databaseURLSealed = try row.decodeIfPresent("database_url_sealed")
        isDatabaseKeyAllowed = try row.decode("db_key_allowed")
        schemaName = try row.decode("schema_name")
        let stateName: String = try row.decode("state")
        guard let state = ConnectionState(rawValue: stateName) else {
            throw CatalogError(code: .corrupt, message: "connection \(id) has the unknown state \(stateName)")
        }
        self.state = state
        stateDescription = try row.decodeIfPresent("state_description")
        credentialsSealed = try row.decodeIfPresent("credentials_sealed")
        environment = try row.decode("environment")
        loginURL = try row.decode("login_url")
        apiVersion = try row.decode("api_version")
        instanceURL = try row.decodeIfPresent("instance_url")
        username = try row.decodeIfPresent("username")
        organizationID = try row.decodeIfPresent("organization_id")
        salesforceUserID = try row.decodeIfPresent("sf_user_id")
        userInfo = try row.decodeIfPresent("user_info")
        // Nearly always empty, and a thousand decoders for a list of a thousand connections would be felt.
        let switches: String = try row.decode("features")
        features = ConnectionFeatures(switches: switches == "{}" ? [:] : try row.decodeJSON("features"))
        largeQueryThreshold = try row.decode("large_query_threshold")
        bulkPace = BulkPace(
            wait: try row.decodeIfPresent("bulk_wait_ms").map { .milliseconds($0 as Int) } ?? BulkPace.unknown.wait,
            rowsPerSecond: try row.decodeIfPresent("bulk_rows_per_second") ?? BulkPace.unknown.rowsPerSecond)
        bulkPageSize = try row.decode("bulk_page_size")
        writeBatchSize = try row.decode("write_batch_size")
        budgetDescription = try row.decodeIfPresent("budget_description")
        pollsRestUntil = try row.decodeIfPresent("polls_rest_until")
        createdAt = try row.decode("created_at")
        authUpdatedAt = try row.decodeIfPresent("auth_updated_at")
        lastWriteAt = try row.decodeIfPresent("last_write_at")
        nextWritePollAt = try row.decode("next_write_poll_at")
    }

    /// What people are told of the state, and of polls that wait.
    public var toldDescription: String? {
        let parts = [stateDescription, budgetDescription].compactMap(\.self)
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }
}
