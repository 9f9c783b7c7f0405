import ArgumentParser
import Catalog
import Foundation
import JobQueue
import Postgres

/// `sluice job list`: jobs, newest first.
struct JobListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists jobs, newest first.")

    @Option(help: "Only those in this state: available, running, completed, cancelled, failed.")
    var state: String?

    @Option(help: "Only those of this kind.")
    var kind: String?

    @Option(help: "The most to list.")
    var limit = 50

    @Flag(help: "Print them as JSON.")
    var json = false

    func validate() throws {
        let states = ["available", "running", "completed", "cancelled", "failed"]
        if let state, !states.contains(state) {
            throw ValidationError("--state \(state): expected one of \(states.joined(separator: ", "))")
        }
        guard (1...10_000).contains(limit) else { throw ValidationError("--limit \(limit): expected 1 to 10000") }
    }

    func run() async throws {
        try await AdminStart.run { start in
            let rows = try await start.pool.query(
                """
                SELECT to_json(j)::text AS document, id, kind, state, attempt, worker, run_at::text, coalesce(outcome, last_error, '') AS says
                FROM sluice.all_jobs j
                WHERE (\(state)::text IS NULL OR state = \(state)) AND (\(kind)::text IS NULL OR kind = \(kind))
                ORDER BY id DESC LIMIT \(limit)
                """)
            if json {
                return print(JSONValue.array(try rows.map { try JSONValue(parsing: $0.decode("document", as: String.self)) }).prettyText)
            }
            let table = try rows.map { row in
                [
                    String(try row.decode("id", as: Int64.self)), try row.decode("kind", as: String.self),
                    try row.decode("state", as: String.self),
                    String(try row.decode("attempt", as: Int.self)), try row.decodeIfPresent("worker", as: String.self) ?? "",
                    try row.decode("run_at", as: String.self), String(try row.decode("says", as: String.self).prefix(100)),
                ]
            }
            print(TextTable(columns: ["ID", "KIND", "STATE", "ATTEMPT", "WORKER", "RUN AT", "OUTCOME OR LAST ERROR"], rows: table).text)
        }
    }
}

/// `sluice job show`: everything about one job.
struct JobShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Shows one job, as JSON.")

    @Argument(help: "The job's id.")
    var id: Int64

    @Flag(help: "Print it as JSON, which it always is.")
    var json = false

    func run() async throws {
        try await AdminStart.run { start in
            let rows = try await start.pool.query("SELECT to_json(j)::text AS document FROM sluice.all_jobs j WHERE id = \(id)")
            guard let row = rows.first else { throw CatalogError(code: .notFound, message: "there is no job \(id)") }
            print(try JSONValue(parsing: row.decode("document", as: String.self)).prettyText)
        }
    }
}
