import Catalog
import WebServer

extension ConnectionDocument {
    /// What `members` make, with the mappings of `deep=true`.
    static let schema = object.named("Connection")

    /// The same, to be joined with more.
    static let object = JSONSchema.object(
        [
            "id": .uuid, "_id": .integer, "name": .string, "internal_name": .string, "addon_id": .uuid, "resource_name": .string,
            "app_name": .string, "app_id": .uuid, "team_name": .string.nullable, "enterprise_account_name": .string.nullable,
            "schema_name": .string, "db_key": .string.nullable,
            "database": JSONSchema.object(["host": .string, "database": .string, "port": .integer]).nullable,
            "organization_id": .string.described("18 characters; empty before the first sign-in."),
            "state": .oneOf(ConnectionState.allCases.map(\.rawValue)), "state_description": .string.nullable,
            "mappings_summary_state": .oneOf("OK", "ERROR"), "detail_url": .string, "tags": .array(of: .string),
            "sf_info": salesforceSchema,
            "api_version": .string, "created_at": .time, "auth_updated": .time.nullable, "plan": .string, "free_edition": .boolean,
            "dogwood": .boolean, "user_info": .anyObject.described("Salesforce's words about the user who signed in."),
            "metrics": .object(["last_write_activity_time": .time.nullable]), "logplex_log_enabled": .boolean, "deletable": .boolean,
            "large_query_threshold": .integer, "bulk_page_size": .integer, "soap_batch_size": .integer,
            "features": .dictionary(of: .boolean), "notifications_url": .string, "odata": .anyObject.nullable,
            "sf_instance": .string.nullable, "sf_region": .string.nullable,
            "mappings": JSONSchema.array(of: MappingDocument.schema).described("With deep=true only."),
        ], optional: ["mappings"]
    )

    private static let salesforceSchema = JSONSchema.object([
        "username": .string.nullable, "organization_id": .string, "environment": .string, "domain": .string, "api_version": .string,
    ])
}

extension DiscoveryDocument {
    /// What `item` makes.
    static let schema = object.named("DiscoveredConnection")

    /// The same, to be joined with more.
    static let object = JSONSchema.object([
        "id": .uuid, "resource_name": .string, "display_name": .string, "addon_type": .string, "app_name": .string, "app_id": .uuid,
        "region": .string, "region_url": .string, "region_flag": .string, "region_label": .string, "cell": .string, "cell_label": .string,
        "detail_url": .string.described("Absolute: clients ask it as it stands."),
    ])

    /// What `places` makes.
    static let regions = JSONSchema.dictionary(of: .object(["flag": .string, "label": .string]))
    /// What `places` makes.
    static let cells = JSONSchema.dictionary(of: .object(["url": .string, "flag": .string, "label": .string]))
}

/// What people may call a connection and its parts, as the catalog's rules have it.
enum ConnectionFields {
    /// Not only spaces, and no control characters: spelled out, since not every dialect of patterns knows of categories.
    static let name = JSONSchema.string(
        minLength: 1, maxLength: 200, pattern: #"^[^\x00-\x1f\x7f-\x9f]*[^\x00-\x1f\x7f-\x9f\s][^\x00-\x1f\x7f-\x9f]*$"#)
    static let app = JSONSchema.string(minLength: 1, maxLength: 100, pattern: "^[A-Za-z0-9._-]+$")
    static let schemaName = JSONSchema.string(
        maxLength: 63, pattern: "^(?!pg_|sluice$|sluice_staging$|information_schema$)[a-z_][a-z0-9_]*$")
    static let dbKey = JSONSchema.string(maxLength: 200, pattern: "^[A-Za-z_][A-Za-z0-9_]*$")
}
