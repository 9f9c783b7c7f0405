import Catalog
import JobQueue
import Postgres

/// What `sluice migrate` would do, module by module.
struct MigrationPlan {
    private struct Module {
        let name: String
        /// The newest migration that the database has; nil when it has none.
        let at: Int?
        let pending: [PostgresMigration]
    }

    private let modules: [Module]

    /// - Parameter pending: the numbers that the database lacks.
    init(pending: [Int]) {
        modules = [("JobQueue", JobQueue.migrations), ("Catalog", CatalogStore.migrations)].map { name, migrations in
            Module(
                name: name, at: migrations.map(\.number).filter { !pending.contains($0) }.max(),
                pending: migrations.filter { pending.contains($0.number) }.sorted { $0.number < $1.number })
        }
    }

    /// A line for each module, and under it one for each migration and each of its steps.
    var text: String {
        modules.flatMap { module -> [String] in
            let at = module.at.map { "at \($0)" } ?? "nothing applied"
            let head = "\(module.name): \(at), " + (module.pending.isEmpty ? "up to date" : "\(module.pending.count) to apply")
            return [head]
                + module.pending.flatMap { migration -> [String] in
                    let steps = MigrationStep.steps(of: migration.sql)
                    let kind = steps.contains(where: \.contracts) ? "contracts" : "expands"
                    return ["  \(migration.number) \(migration.name): \(kind)"]
                        + steps.map { "    \($0.contracts ? "!" : " ") \($0.summary)" }
                }
        }.joined(separator: "\n")
    }

    var document: JSONValue {
        .array(
            modules.map { module in
                [
                    "module": .string(module.name), "at": module.at.map { .number("\($0)") } ?? .null,
                    "pending": .array(
                        module.pending.map { migration in
                            let steps = MigrationStep.steps(of: migration.sql)
                            return [
                                "number": .number("\(migration.number)"), "name": .string(migration.name),
                                "contracts": .bool(steps.contains(where: \.contracts)),
                                "steps": .array(steps.map { ["summary": .string($0.summary), "contracts": .bool($0.contracts)] }),
                            ]
                        }),
                ]
            })
    }
}
