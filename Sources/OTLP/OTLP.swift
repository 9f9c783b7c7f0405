/// Traces by OpenTelemetry: a backend of swift-distributed-tracing that sends its spans over OTLP/HTTP as JSON.
///
/// `OTLPTracer` makes spans and carries their identity as W3C's `traceparent`; `SpanExporter` sends what ended, in batches, and never holds up
/// whoever traced: what a collector does not take in time is dropped, counted and told once. Where nobody bootstraps it, tracing costs nothing.
///
/// https://opentelemetry.io/docs/specs/otlp/#otlphttp, https://www.w3.org/TR/trace-context/
public enum OTLP {
    /// What the metrics of an exporter mean, by name.
    public static let metricHelp = [
        "sluice_spans_exported_total": "Spans that the collector took.",
        "sluice_spans_dropped_total": "Spans that were dropped: the collector did not take them, or too many waited.",
    ]
}
