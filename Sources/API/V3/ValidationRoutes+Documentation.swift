import Catalog
import HTTPTypes
import WebServer

extension ValidationRoutes {
    static let documentation: [RouteDocumentation] = [
        RouteDocumentation(
            .post, "/api/v3/connections/:connection/validations", "Begins a diagnosis of a connection and its mappings.",
            answers: [.json(.accepted, .object(["result_url": .string]))]),
        RouteDocumentation(
            .get, "/api/v3/connections/:connection/validations/:validation", "Tells what a diagnosis found.",
            answers: [.json(.ok, whole), .empty(.accepted, "It still runs: ask again.")]),
        RouteDocumentation(
            .get, "/api/v3/mappings/:mapping/validations", "Diagnoses one mapping.",
            answers: [
                .json(.ok, lists.named("MappingDiagnosis")), .error(.badGateway, "Salesforce refused."),
                .error(.conflict, "No worker has answered in time: ask again."),
            ]),
        RouteDocumentation(
            .post, "/api/v3/connections/:connection/mapping-validations", "Diagnoses a mapping as it would be made or changed; nothing is.",
            body: .json(MappingConfigSchema.submitted),
            answers: [
                .json(.ok, lists.named("MappingDiagnosis")), .error(.badGateway, "Salesforce refused."),
                .error(.conflict, "No worker has answered in time: ask again."),
            ]),
    ]

    private static let finding = JSONSchema.object(
        [
            "rule_id": .string, "display_name": .string, "status": .oneOf("FAILED", "PASSED", "SKIPPED"), "message": .string,
            "doc_url": .string,
        ],
        optional: ["doc_url"]
    ).named("Finding")

    private static let lists = JSONSchema.object([
        "errors": .array(of: finding), "warnings": .array(of: finding), "passes": .array(of: finding), "skips": .array(of: finding),
    ])

    private static let whole = lists.joined(
        with: .object(["mappings": .dictionary(of: lists.named("MappingDiagnosis")).described("By object.")])
    ).named("Diagnosis")
}
