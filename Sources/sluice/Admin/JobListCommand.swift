import ArgumentParser
import Catalog
import Foundation
import JobQueue

/// `sluice job list`: jobs, newest first.
struct JobListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists jobs, newest first.",
        example: "sluice job list --state failed")

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
            let rows = try await JobQueue(pool: start.pool).rows(state: state, kind: kind, limit: limit)
            if json { return print(JSONValue.array(try rows.map { try JSONValue(parsing: $0.document) }).prettyText) }
            let table = rows.map { row in
                [String(row.id), row.kind, row.state, String(row.attempt), row.worker ?? "", row.runAt, String(row.says.prefix(100))]
            }
            print(TextTable(columns: ["ID", "KIND", "STATE", "ATTEMPT", "WORKER", "RUN AT", "OUTCOME OR LAST ERROR"], rows: table).text)
        }
    }
}

/// `sluice job show`: everything about one job.
struct JobShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows one job, as JSON.",
        example: "sluice job show 4711")

    @Argument(help: "The job's id.")
    var id: Int64

    @Flag(help: "Print it as JSON, which it always is.")
    var json = false

    func run() async throws {
        try await AdminStart.run { start in
            guard let document = try await JobQueue(pool: start.pool).document(of: id) else {
                throw CatalogError(code: .notFound, message: "there is no job \(id)")
            }
            print(try JSONValue(parsing: document).prettyText)
        }
    }
}
