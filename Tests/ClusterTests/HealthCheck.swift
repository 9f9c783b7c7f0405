import HTTPTransport
import HTTPTypes

/// `GET /healthz` of a process, or another of its probes.
struct HealthCheck: Sendable {
    let port: Int
    private let path: String
    private let client = HTTPClient()

    init(port: Int, path: String = "/healthz") {
        self.port = port
        self.path = path
    }

    /// The answer's status; 0 when there is none.
    func status() async -> Int { await answer()?.status ?? 0 }

    func body() async -> String { String(decoding: await answer()?.bytes ?? [], as: UTF8.self) }

    private func answer() async -> CollectedResponse? {
        let request = TransferRequest(method: .get, url: "http://127.0.0.1:\(port)\(path)", headers: [:], body: .none)
        return try? await client.perform(request, maxBody: 10_000)
    }
}
