import ArgumentParser
import Catalog
import Foundation
import HTTPTransport
import HTTPTypes
import Logging
import OTLP
import Redaction
import Tracing

/// What the environment says of traces, under OpenTelemetry's names.
///
/// https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
struct TracingOptions {
    /// Nil when no traces are made.
    private let endpoint: String?
    @Redacted private var headers: HTTPFields
    private let service: String?
    private let ratio: Double

    /// - Throws: `ExitCode` 78 (EX_CONFIG) after a line on stderr.
    init(_ variables: [String: String] = ProcessInfo.processInfo.environment) throws {
        func value(_ name: String) -> String? { variables[name].flatMap { $0.isEmpty ? nil : $0 } }
        func fault(_ name: String, _ expected: String) -> any Error {
            ConfigurationFault(message: "\(name) is malformed: expected \(expected)").report()
        }
        if let base = value("OTEL_EXPORTER_OTLP_ENDPOINT") {
            guard let url = URL(string: base), ["http", "https"].contains(url.scheme), url.host() != nil else {
                throw fault("OTEL_EXPORTER_OTLP_ENDPOINT", "an address such as http://localhost:4318")
            }
            endpoint = (base.hasSuffix("/") ? String(base.dropLast()) : base) + "/v1/traces"
        } else {
            endpoint = nil
        }
        var headers: HTTPFields = [:]
        for pair in (value("OTEL_EXPORTER_OTLP_HEADERS") ?? "").split(separator: ",") {
            let parts = pair.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            let text = (parts.last.map { $0.removingPercentEncoding ?? $0 } ?? "").trimmingCharacters(in: .whitespaces)
            guard parts.count == 2, let name = HTTPField.Name(parts[0]), HTTPField.isValidValue(text) else {
                throw fault("OTEL_EXPORTER_OTLP_HEADERS", "name=value, separated by commas, with names and values that HTTP can carry")
            }
            headers[name] = text
        }
        _headers = Redacted(wrappedValue: headers)
        service = value("OTEL_SERVICE_NAME")
        guard let ratio = Double(value("OTEL_TRACES_SAMPLER_ARG") ?? "1"), (0...1).contains(ratio) else {
            throw fault("OTEL_TRACES_SAMPLER_ARG", "a number from 0 to 1")
        }
        self.ratio = ratio
    }

    /// Makes traces of this process, where somebody takes them.
    ///
    /// - Returns: what sends them; nil when there are none.
    func bootstrap(_ process: String, transport: HTTPClientConfiguration, logger: Logger) -> ExportService? {
        guard let endpoint else { return nil }
        let client = HTTPClient(configuration: transport)
        let exporter = SpanExporter(
            configuration: .init(
                endpoint: endpoint, headers: headers, resource: ["service.name": service ?? "sluice-\(process)"],
                version: SluiceVersion.number),
            client: client, logger: logger)
        InstrumentationSystem.bootstrap(OTLPTracer(exporter: exporter, ratio: ratio))
        return ExportService(exporter: exporter, client: client)
    }
}

extension Logger.MetadataProvider {
    /// The trace at hand as `trace`, by which a line and its trace find each other.
    static let trace = Logger.MetadataProvider {
        InstrumentationContext.current?.traceParent.map { ["trace": "\($0.traceID)"] } ?? [:]
    }
}
