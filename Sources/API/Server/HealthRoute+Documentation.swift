import Catalog
import HTTPTypes
import WebServer

extension HealthRoute {
    static let documentation: [RouteDocumentation] = [
        RouteDocumentation(
            .get, "/healthz", "Tells whether this process can do its work.",
            answers: [
                .json(.ok, .object(["status": .oneOf("ok"), "database": .oneOf("ok")])),
                .json(
                    .serviceUnavailable, .object(["status": .oneOf("unavailable"), "code": .string, "message": .string]),
                    "The control database did not answer within 2 seconds."),
            ])
    ]
}
