import ArgumentParser
import Catalog
import Foundation

/// `sluice connection writes`: what keeps a connection's writes from Salesforce on purpose.
struct ConnectionWritesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "writes", abstract: "Pauses a connection's writes, tries them dry, or limits deletes; without options, shows it.",
        discussion: "Example: sluice connection writes herokuconnect-angular-12345 --mode dry_run")

    @Argument(help: "The connection: its id or name.")
    var connection: String

    @Option(help: "on, paused (changes wait), read_only (what is captured ends as READONLY) or dry_run (a report says what would be sent).")
    var mode: String?

    @Option(help: "Deletes in an hour, at most; more wait for --allow-deletes.")
    var deletesPerHour: Int?

    @Flag(help: "Lift the limit of deletes.")
    var anyDeletes = false

    @Flag(help: "Let everything go out that was deleted until now.")
    var allowDeletes = false

    @Flag(help: "Print the result as JSON.")
    var json = false

    func validate() throws {
        if let mode, WriteSwitches.Mode(rawValue: mode) == nil {
            let names = WriteSwitches.Mode.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--mode \(mode): expected one of \(names)")
        }
        guard let deletesPerHour else { return }
        guard (0...Int(Int32.max)).contains(deletesPerHour) else {
            throw ValidationError("--deletes-per-hour \(deletesPerHour): expected a number from 0 to \(Int32.max)")
        }
        if anyDeletes { throw ValidationError("--any-deletes: expected no --deletes-per-hour beside it") }
    }

    func run() async throws {
        try await AdminStart.run { start in
            let found = try await start.catalog.connection(named: connection)
            let before = try await start.catalog.writeSwitches(found.id)
            if mode != nil || deletesPerHour != nil || anyDeletes {
                try await start.catalog.setWriteSwitches(
                    found.id, mode: mode.flatMap(WriteSwitches.Mode.init(rawValue:)) ?? before.mode,
                    deletesPerHour: anyDeletes ? nil : deletesPerHour ?? before.deletesPerHour, requestedBy: "sluice connection writes")
                let after = try await start.catalog.writeSwitches(found.id)
                try await start.catalog.audit(
                    found.id, actor: "sluice connection writes", action: "connection.writes",
                    details: .change(before: settings(before), after: settings(after)))
            }
            if allowDeletes {
                try await start.catalog.allowDeletes(found.id, requestedBy: "sluice connection writes")
                try await start.catalog.audit(found.id, actor: "sluice connection writes", action: "connection.allow_deletes")
            }
            print(report(try await start.catalog.writeSwitches(found.id)))
        }
    }

    private func settings(_ switches: WriteSwitches) -> JSONValue {
        ["mode": .string(switches.mode.rawValue), "deletes_per_hour": switches.deletesPerHour.map { .integer($0) } ?? .null]
    }

    private func report(_ switches: WriteSwitches) -> String {
        let dryRun = switches.dryRun.flatMap { try? JSONValue(parsing: Array($0.utf8)) } ?? .null
        if json {
            return JSONValue.object([
                .init("mode", .string(switches.mode.rawValue)),
                .init("deletes_per_hour", switches.deletesPerHour.map { .integer($0) } ?? .null),
                .init("deletes_stopped_at", .optional(switches.deletesStoppedAt?.formatted(.iso8601))),
                .init("deletes_allowed_at", .optional(switches.deletesAllowedAt?.formatted(.iso8601))),
                .init("dry_run_at", .optional(switches.dryRunAt?.formatted(.iso8601))), .init("dry_run", dryRun),
            ]).prettyText
        }
        var lines = ["writes: \(switches.mode.rawValue)"]
        lines.append("deletes in an hour: \(switches.deletesPerHour.map { "\($0)" } ?? "any number")")
        if let stopped = switches.deletesStoppedAt { lines.append("deletes wait for --allow-deletes since \(stopped.formatted(.iso8601))") }
        if switches.mode == .dryRun, dryRun != .null { lines.append(dryRun.prettyText) }
        return lines.joined(separator: "\n")
    }
}
