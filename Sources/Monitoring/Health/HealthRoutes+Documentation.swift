import Catalog
import HTTPTypes
package import WebServer

extension HealthRoutes {
    /// What OpenAPI says of both.
    package static let documentation: [RouteDocumentation] = [
        RouteDocumentation(
            .get, "/healthz", "Tells that this process lives.", answers: [.json(.ok, .object(["status": .oneOf("ok")]))]),
        RouteDocumentation(
            .get, "/readyz", "Tells whether this process can do its work now.",
            answers: [
                .json(.ok, .object(["status": .oneOf("ok")])),
                .json(
                    .serviceUnavailable,
                    .object([
                        "status": .oneOf("unavailable"),
                        "reasons": .array(
                            of: .object(["code": .oneOf("starting", "database", "migrations", "leader", "drain"), "message": .string])),
                    ]),
                    "It starts or stops, the control database does not answer within 2 seconds or lacks migrations, or (a scheduler) nobody leads."
                ),
            ]),
    ]
}
