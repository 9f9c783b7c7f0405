/// What every process tells whoever watches it, with the API or without: that it lives, whether it can do its work, what it has counted.
///
/// `Health` answers `/healthz` and `/readyz` of what `Readiness` finds, `Metrics` answers `/metrics` of a `PrometheusRegistry`; `Collector.cluster` adds
/// what only the control database knows, and `MetricsServer` serves these three alone, for processes without an API.
enum Monitoring {}
