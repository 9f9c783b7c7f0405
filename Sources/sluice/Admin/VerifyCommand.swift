import ArgumentParser
import Catalog
import Foundation
import JobQueue
import Postgres

/// `sluice verify`: a whole mapping compared with its object, by a worker.
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Compares every row of a mapping with its record in Salesforce.",
        discussion: """
            A worker compares; this waits and tells what it found. Exit status: 0 when both sides agree, or everything that did not was mended; 1 when
            something differs, or the comparison came to no end.
            """,
        example: "sluice verify Account --connection shop --repair")

    @OptionGroup var options: MappingArguments

    @Flag(help: "Make rows what Salesforce holds, where they differ and no change of them waits.")
    var repair = false

    @Option(help: "How many seconds to wait for the end; 0 returns at once, with the job.")
    var wait = 3600

    @Flag(help: "Print what was found as JSON.")
    var json = false

    func validate() throws {
        guard (0...86_400).contains(wait) else { throw ValidationError("--wait \(wait): expected 0 to 86400 seconds") }
    }

    func run() async throws {
        try await AdminStart.run { start in
            let mapping = try await start.catalog.mapping(named: options.mapping, of: options.connection)
            let connection = try await start.catalog.connection(named: mapping.connectionID.uuidString)
            let repairs = repair
            let job = try await start.pool.transaction { session in
                try CatalogStore.beginVerification(of: mapping, connection, repairs: repairs, requestedBy: "sluice verify", in: session)
            }
            guard wait > 0 else {
                return print(
                    json ? JSONValue.object([.init("job", .integer(job))]).prettyText : "job \(job) compares \(mapping.objectName)")
            }
            let found = try await ended(job, of: mapping, in: start)
            print(json ? found.document(of: mapping).prettyText : found.text(of: mapping))
            guard found.isInOrder else { throw ExitCode(1) }
        }
    }

    private func ended(_ job: Int64, of mapping: Mapping, in start: AdminStart) async throws -> VerificationResult {
        let queue = JobQueue(pool: start.pool)
        let end = ContinuousClock.now + .seconds(wait)
        while true {
            guard let listed = try await queue.job(job) else {
                throw CatalogError(code: .notFound, message: "job \(job), which compares \(mapping.objectName), is gone")
            }
            if listed.finishedAt != nil {
                let report = try await start.catalog.verification(of: mapping.id)
                return VerificationResult(job: listed, report: report?.jobID == job ? report?.report : nil)
            }
            guard ContinuousClock.now < end else {
                let lastError = listed.lastError.map { "; its last attempt: \($0)" } ?? ""
                throw CatalogError(
                    code: .conflict,
                    message:
                        "after \(wait) s job \(job) is still \(listed.state): it goes on, and 'sluice job show \(job)' tells of it\(lastError)"
                )
            }
            try await Task.sleep(for: .milliseconds(250))
        }
    }
}

/// What came of a comparison.
private struct VerificationResult {
    let job: ListedJob
    /// The counts; nil when the job ended before its first range.
    let report: JSONValue?

    private func count(_ key: String) -> Int { report?[key]?.integer ?? 0 }

    var isInOrder: Bool {
        job.state == "completed" && count("missing") + count("extra") + count("different") <= count("repaired")
    }

    func document(of mapping: Mapping) -> JSONValue {
        [
            "job": .integer(job.id), "state": .string(job.state), "mapping": .string(mapping.id.uuidString.lowercased()),
            "object_name": .string(mapping.objectName), "in_order": .bool(isInOrder), "report": report ?? .null,
            "error": .optional(job.state == "completed" ? nil : job.lastError),
        ]
    }

    func text(of mapping: Mapping) -> String {
        guard job.state == "completed" else {
            return "\(mapping.objectName): \(job.state): \(job.lastError ?? job.outcome ?? "no reason is known")"
        }
        let examples = (report?["examples"]?.elements ?? []).compactMap(\.string).prefix(10).joined(separator: ", ")
        return "\(mapping.objectName): \(job.outcome ?? "compared")" + (examples.isEmpty ? "" : "\nsuch as \(examples)")
    }
}
