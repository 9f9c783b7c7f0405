import ArgumentParser
import Catalog
import Foundation
import JobQueue

/// `sluice connection limit`: what a connection's jobs may use of the whole cluster.
struct ConnectionLimitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limit",
        abstract:
            "Sets how many jobs of a connection may run at a time, or start in a minute, in the whole cluster; without options, shows it.",
        example: "sluice connection limit sales --max-running 4 --per-minute 600 --burst 20")

    @Argument(help: "The connection: its id or name.")
    var connection: String

    @Option(help: "Jobs that run at a time.")
    var maxRunning: Int?

    @Option(help: "Jobs that start in a minute, evenly spread but for a burst.")
    var perMinute: Int?

    @Option(help: "Jobs that may start at once after a rest (default: 1).")
    var burst: Int?

    @Flag(help: "Lift the limit.")
    var none = false

    @Flag(help: "Print the result as JSON.")
    var json = false

    func validate() throws {
        for (name, value) in [("--max-running", maxRunning), ("--per-minute", perMinute), ("--burst", burst)] {
            guard let value else { continue }
            guard value > 0 else { throw ValidationError("\(name) \(value): expected a number above 0") }
            if none { throw ValidationError("--none: expected no other option beside it, found \(name)") }
        }
        if burst != nil, perMinute == nil { throw ValidationError("--burst: expected --per-minute beside it") }
    }

    func run() async throws {
        try await AdminStart.run { start in
            let found = try await start.catalog.connection(named: connection)
            let queue = JobQueue(pool: start.pool)
            let before = try await queue.limits()[found.id]
            guard none || maxRunning != nil || perMinute != nil else { return print(report(before)) }
            let after = none ? nil : ConnectionLimit(maxRunning: maxRunning, perMinute: perMinute, burst: burst ?? 1)
            try await queue.limit(found.id, to: after)
            try await start.catalog.audit(
                found.id, actor: "sluice connection limit", action: "connection.limit",
                details: .change(before: document(before), after: document(after)))
            print(report(after))
        }
    }

    private func report(_ limit: ConnectionLimit?) -> String {
        if json { return document(limit).prettyText }
        guard let limit else { return "no limit" }
        let running = limit.maxRunning.map { "\($0) running at a time" }
        let starting = limit.perMinute.map { "\($0) starting in a minute, \(limit.burst) of them at once" }
        return [running, starting].compactMap { $0 }.joined(separator: "; ")
    }

    private func document(_ limit: ConnectionLimit?) -> JSONValue {
        [
            "max_running": limit?.maxRunning.map { .integer($0) } ?? .null, "per_minute": limit?.perMinute.map { .integer($0) } ?? .null,
            "burst": limit.map { .integer($0.burst) } ?? .null,
        ]
    }
}
