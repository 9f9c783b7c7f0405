import Catalog
import HTTPTypes
package import WebServer

extension MetricsRoute {
    /// What OpenAPI says of it.
    package static let documentation: [RouteDocumentation] = [
        RouteDocumentation(
            .get, "/metrics", "Tells the metrics of the process and the cluster to Prometheus.",
            detail: "With SLUICE_METRICS_TOKEN set, only to who bears it.",
            answers: [.text(.ok, type: "text/plain"), .error(.unauthorized, "Not the metrics' token.")])
    ]
}
