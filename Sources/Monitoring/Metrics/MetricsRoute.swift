import HTTPTypes
import Hummingbird
import NIOCore
public import Prometheus
public import Redaction
import Secrets
package import WebServer

/// What `/metrics` tells, and to whom.
public struct MetricsConfiguration: Sendable {
    /// What this process has counted, and its collectors.
    public let registry: PrometheusRegistry
    /// The bearer token that a scrape must show; nil when anybody may look.
    @Redacted public private(set) var token: String?

    /// Metrics of a registry.
    public init(registry: PrometheusRegistry, token: String? = nil) {
        self.registry = registry
        self.token = token
    }
}

/// `GET /metrics`: the metrics of this process and of the cluster, for Prometheus. Open to everybody, as its exporters are, unless a token is
/// set: there is nothing secret in them.
package struct MetricsRoute: RouteGroup {
    let configuration: MetricsConfiguration

    /// A route that tells what a configuration names.
    package init(configuration: MetricsConfiguration) {
        self.configuration = configuration
    }

    /// Adds it.
    package func add(to table: RouteTable) {
        table.add("/metrics", [.open(.get, metrics)])
    }

    private func metrics(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        if let token = configuration.token {
            let given = request.headers[.authorization] ?? ""
            guard try TokenHash(of: "Bearer \(token)").matches(given) else {
                throw APIError.unauthorized("expected the header Authorization: Bearer <SLUICE_METRICS_TOKEN>")
            }
        }
        return Response(
            status: .ok, headers: [.contentType: MetricText.contentType, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: await configuration.registry.text())))
    }
}
