import Catalog
import HTTPTypes
import WebServer

extension AdoptionRoutes {
    static let documentation: [RouteDocumentation] = [
        RouteDocumentation(
            .post, "/api/v3/connections/:connection/actions/adopt",
            "Takes over a schema that Heroku Connect filled, with its rows, ids and waiting changes; tells what that would do, or takes it back.",
            body: .optionalJSON(
                .anyOf([
                    .object(
                        [
                            "mode": .oneOf("plan", "adopt").nullable.described("plan, where it is not given."),
                            "export": MappingConfigSchema.file.nullable.described(
                                "What heroku connect:export wrote; without it the connection's own mappings."),
                        ], optional: ["mode", "export"]),
                    .object(["mode": .only("take_back"), "export": .null], optional: ["export"]),
                ])),
            answers: [.json(.accepted, .object(["result_url": .string, "job": .integer]))]),
        RouteDocumentation(
            .get, "/api/v3/connections/:connection/adoptions/:adoption", "Tells what an adoption did, or would do.",
            answers: [
                .json(.ok, adoptionReport), .empty(.accepted, "It still runs: ask again."),
                .error(.badGateway, "It broke off: ask for it again."),
            ]),
    ]

    private static let table = JSONSchema.object([
        "object_name": .string, "table": .string, "rows": .integer, "rows_exact": .boolean,
        "reads_from": .string.nullable.described("Changes of the org stamped since then are read; null where the table is loaded."),
        "load": .string.nullable, "known": .boolean, "waiting": .dictionary(of: .integer), "problem": .string.nullable,
    ]).named("AdoptedTable")

    private static let adoptionReport = JSONSchema.object([
        "mode": .oneOf("plan", "adopt", "take_back"), "schema": .string,
        "sound": .boolean.described("Whether it was done, or could be; false: nothing was changed."),
        "problems": .array(of: .string), "warnings": .array(of: .string), "alterations": .array(of: .string),
        "remains": .array(of: .string),
        "mappings": .array(of: table),
    ]).named("AdoptionReport")
}
