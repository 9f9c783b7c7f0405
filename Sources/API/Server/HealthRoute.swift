import Catalog
import Hummingbird
import Postgres
import WebServer

/// `GET /healthz`: whether this process can do its work, for load balancers and supervisors; open to everybody.
struct HealthRoute {
    let services: APIServices
    private static let patience = Duration.seconds(2)

    func add(to table: RouteTable) {
        table.add("/healthz", [.open(.get, health).unlimited])
    }

    private func health(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        guard await databaseAnswers() else {
            return .json(
                [
                    "status": "unavailable", "code": "database_unavailable",
                    "message": "the control database did not answer within 2 seconds",
                ],
                status: .serviceUnavailable)
        }
        return .json(["status": "ok", "database": "ok"])
    }

    private func databaseAnswers() async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { [pool = services.pool] in (try? await pool.query("SELECT 1", timeout: Self.patience)) != nil }
            group.addTask {
                try? await Task.sleep(for: Self.patience)
                return false
            }
            let first = await group.next() ?? false
            group.cancelAll()
            return first
        }
    }
}
