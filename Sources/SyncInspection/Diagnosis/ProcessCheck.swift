import Catalog
import JobQueue

/// The processes that work for the connection.
struct ProcessCheck: DiagnosisCheck {
    let name = "Processes"

    func findings(_ world: DiagnosisWorld) async throws -> [Finding] {
        guard world.isWhole else { return [] }
        let processes = try await JobQueue(pool: world.catalog.pool).liveProcesses()
        let unserved = try await world.catalog.unserved().first { $0.id == world.connection.id }
        return ProcessRules(processes, isNeeded: world.connection.state.allowsSync).findings + [ProcessRules.finding(unserved)]
    }
}
