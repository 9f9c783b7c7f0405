import Catalog
import Hummingbird
package import WebServer

/// `GET /healthz`: this process lives, whatever else is wrong; who gets no answer ends it. `GET /readyz`: whether it can do its work now, and if
/// not, why; who is told no sends it none. Both are open to everybody: nothing secret is in them, and asking often costs the database nothing.
package struct HealthRoutes: RouteGroup {
    let readiness: Readiness

    /// Routes that answer for what is found.
    package init(readiness: Readiness) {
        self.readiness = readiness
    }

    /// Adds both.
    package func add(to table: RouteTable) {
        table.add("/healthz", [.open(.get) { _, _ in .json(["status": "ok"]) }.unlimited])
        table.add("/readyz", [.open(.get, ready).unlimited])
    }

    private func ready(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let reasons = await readiness.reasons()
        guard !reasons.isEmpty else { return .json(["status": "ok"]) }
        return .json(
            [
                "status": "unavailable",
                "reasons": .array(reasons.map { ["code": .string($0.code.rawValue), "message": .string($0.message)] }),
            ],
            status: .serviceUnavailable)
    }
}
