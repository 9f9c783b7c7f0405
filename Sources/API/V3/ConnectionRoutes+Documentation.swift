import Catalog
import HTTPTypes
import WebServer

extension ConnectionRoutes {
    static let documentation: [RouteDocumentation] =
        [
            RouteDocumentation(
                .get, "/api/v3/connections", "Lists the connections that the user may see.", query: search + [deep],
                answers: [.json(.ok, .pagedList(of: listed))]),
            RouteDocumentation(
                .get, "/api/v3/connections/:connection", "Shows a connection.", query: [deep],
                answers: [.json(.ok, ConnectionDocument.schema)]),
            RouteDocumentation(
                .patch, "/api/v3/connections/:connection", "Changes a connection's name, schema, database variable or switches.",
                body: .optionalJSON(
                    .object(
                        [
                            "name": ConnectionFields.name.nullable, "schema_name": ConnectionFields.schemaName.nullable,
                            "db_key": ConnectionFields.dbKey.nullable,
                            "features": JSONSchema.dictionary(of: .boolean).nullable, "logplex_log_enabled": .boolean.nullable,
                        ],
                        optional: ["name", "schema_name", "db_key", "features", "logplex_log_enabled"], open: true)),
                answers: [
                    .json(.ok, ConnectionDocument.schema), .error(.conflict, "It has mappings, or the schema is another connection's."),
                ]),
            RouteDocumentation(
                .delete, "/api/v3/connections/:connection",
                "Takes a connection away: its triggers, and what Sluice knows of it; its tables stay.",
                query: [.init("force", .oneOf("true", "false"), "Delete at once what Sluice knows, and leave the database as it is.")],
                answers: [.json(.accepted, ConnectionLifeRoutes.planSchema)]),
            RouteDocumentation(
                .get, "/api/v3/connections/:connection/mappings", "Lists a connection's mappings.",
                query: [.init("orphaned", .boolean, "Only those that the last import did not name.")],
                answers: [.json(.ok, .list(of: MappingDocument.schema))]),
            RouteDocumentation(
                .post, "/api/v3/connections/:connection/mappings", "Maps an object; its first load begins at once.",
                body: .json(MappingConfigSchema.submitted),
                answers: [
                    .json(.created, MappingDocument.schema),
                    .error(.conflict, "The object is mapped already, or the connection is not authorized."),
                ]),
            RouteDocumentation(
                .delete, "/api/v3/connections/:connection/mappings", "Removes the mappings that the last import did not name.",
                query: [.init("orphaned", .only(true), "Must be true.", isRequired: true)],
                answers: [.json(.ok, .object(["count": .integer, "removed": .array(of: .string)]))]),
            RouteDocumentation(
                .get, "/api/v3/connections/:connection/actions/export", "Exports the mappings' configuration.",
                answers: [.json(.ok, exported)]),
            RouteDocumentation(
                .post, "/api/v3/connections/:connection/actions/import", "Imports mappings, beside those that are there.",
                body: .json(MappingConfigSchema.file),
                answers: [.job, .error(.conflict, "The connection is not authorized at Salesforce.")]),
            RouteDocumentation(
                .get, "/api/v3/apps/:app", "Tells which Postgres variables an app's connections may use.",
                answers: [
                    .json(
                        .ok,
                        .object([
                            "name": .string,
                            "db_keys": .array(of: .object(["name": .string, "addon": JSONSchema.object(["plan": .string]).nullable])),
                        ]))
                ]),
        ]
        + ConnectionAction.allCases.map { action in
            RouteDocumentation(
                .post, "/api/v3/connections/:connection/actions/\(action.rawValue)", "Performs \(action.rawValue) on a connection.",
                answers: [.job, .error(.conflict, "The connection's state does not allow it.")])
        }

    static let search: [RouteDocumentation.Query] = [
        .init("app", .string, "Only this app's."), .init("resource_name", .string, "Only the one of this name."),
        .init("addon_type", .string, "2 is Heroku's other product, of which there are none here."),
    ]
    private static let deep = RouteDocumentation.Query("deep", .boolean, "With the mappings.")

    /// The document with what discovery adds.
    private static let listed = ConnectionDocument.object.joined(with: DiscoveryDocument.object).named("ListedConnection")

    private static let exported = JSONSchema.object([
        "mappings": .array(of: .object(["object_name": .string, "config": .anyObject.described("As it was imported.")])),
        "connection": .object([
            "app_name": .string, "organization_id": .string, "exported_at": .time, "features": .dictionary(of: .boolean),
            "api_version": .string, "name": .string, "logplex_log_enabled": .boolean,
        ]),
        "version": .integer(1...1),
    ])
}
