import API
import ArgumentParser
import Foundation
import JobQueue
import Logging
import Postgres
import Prometheus

/// Where a process serves its metrics.
struct MetricsOptions: ParsableArguments {
    @Option(help: "Serve /metrics, /healthz and /readyz on this port; 0 lets the system choose.")
    var metricsPort: Int?

    @Option(help: "Address to serve metrics and probes on.")
    var metricsHost = "0.0.0.0"

    func validate() throws {
        if let metricsPort, !(0...65535).contains(metricsPort) {
            throw ValidationError("--metrics-port \(metricsPort): expected 0 to 65535")
        }
    }
}
