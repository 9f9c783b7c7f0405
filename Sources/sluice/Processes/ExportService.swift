import HTTPTransport
import OTLP
import ServiceLifecycle

/// Sends the process's spans until it ends; the last ones are those of its end.
struct ExportService: Service {
    let exporter: SpanExporter
    let client: HTTPClient

    func run() async {
        await cancelWhenGracefulShutdown { await exporter.run() }
        client.shutdown()
    }
}
