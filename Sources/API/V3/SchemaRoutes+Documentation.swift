import Catalog
import HTTPTypes
import WebServer

extension SchemaRoutes {
    static let documentation: [RouteDocumentation] = [
        RouteDocumentation(
            .get, "/api/v3/connections/:connection/schemas/:object", "Tells what an object of the org is made of.",
            detail:
                "Salesforce's own describe; of each field also whether a record cannot be made without it, and which column it becomes.",
            query: [.init("refresh", .boolean, "Ask the org anew, also when it was asked within the last ten minutes.")],
            answers: [
                .json(.ok, described), .json(.accepted, pending, "No worker has asked the org yet; ask again."),
                .error(.conflict, "The connection is not authorized at Salesforce."), .error(.badGateway, "Salesforce refused."),
            ])
    ]

    private static let described = JSONSchema.object(
        [
            "name": .string, "fields": .array(of: .object(["name": .string], open: true)), "api_version": .string, "described_at": .time,
        ], open: true
    ).named("ObjectSchema")

    private static let pending = JSONSchema.object(["message": .string, "job_url": .string])
}
