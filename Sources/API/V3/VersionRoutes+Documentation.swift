import Catalog
import HTTPTypes
import WebServer

extension VersionRoutes {
    static let documentation: [RouteDocumentation] = [
        RouteDocumentation(
            .get, "/api/v3/connections/:connection/schema-diff", "Tells what another Salesforce API version would change.",
            query: [.init("target_version", .string(pattern: #"^[0-9]{2,3}(\.0+)?$"#), "Such as 61.0.", isRequired: true)],
            answers: [
                .json(.ok, difference), .error(.conflict, "The connection is not authorized at Salesforce."),
                .error(.badGateway, "Salesforce refused."),
            ]),
        RouteDocumentation(
            .post, "/api/v3/connections/:connection/actions/change-sf-api-version", "Changes a paused connection's Salesforce API version.",
            body: .json(.object(["target_version": .string(pattern: #"^[0-9]{2,3}(\.0+)?$"#)], open: true)),
            answers: [
                .json(.accepted, difference),
                .error(
                    .conflict,
                    "It is not paused, a mapping still syncs, or mappings have unsafe changes; then these are told beside the message."),
                .error(.badGateway, "Salesforce refused."),
            ]),
    ]

    private static let difference = JSONSchema.object(
        [
            "guid": .string, "current_api_version": .string, "target_api_version": .string,
            "mappings": .array(
                of: .object([
                    "name": .string, "fields_have_changed": .boolean, "has_unsafe_changes": .boolean, "action_undetermined": .boolean,
                    "result_message": .string,
                ])), "target_version": .string,
        ], optional: ["target_version"]
    ).named("VersionDifference")
}
