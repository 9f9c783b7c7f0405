import ArgumentParser
import Catalog
import Foundation
import JobQueue

/// `sluice status`: what every connection, the queue and the processes are doing.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows connections, mappings, queue and live processes.",
        example: "sluice status --json")

    @Flag(help: "Print it as JSON.")
    var json = false

    func run() async throws {
        try await AdminStart.run { start in
            let connections = try await start.catalog.connections()
            let mappings = Dictionary(grouping: try await start.catalog.mappings(connections: connections.map(\.id)), by: \.connectionID)
            let queue = JobQueue(pool: start.pool)
            let statistics = try await queue.statistics()
            let status = Status(
                connections: connections.map { ($0, mappings[$0.id] ?? []) }, queue: statistics.depths,
                processes: try await queue.processes(),
                failed: statistics.failed, unserved: try await start.catalog.unserved())
            print(json ? status.document.prettyText : status.text)
        }
    }
}

/// What `sluice status` tells.
private struct Status {
    let connections: [(connection: Connection, mappings: [Mapping])]
    let queue: [QueueStatistics.Depth]
    let processes: [JobQueue.Process]
    /// Jobs that gave up and are still kept, counted to ten thousand.
    let failed: Int
    /// Connections that live workers leave to others.
    let unserved: [UnservedConnection]

    var document: JSONValue {
        [
            "connections": .array(
                connections.map { entry in
                    .object((entry.connection.summary.members ?? []) + [.init("mappings", .array(entry.mappings.map(mapping)))])
                }),
            "queue": .array(
                queue.map {
                    [
                        "kind": .string($0.kind), "ready": .integer($0.ready), "scheduled": .integer($0.scheduled),
                        "running": .integer($0.running),
                        "oldest_ready_seconds": .number(String($0.oldestReady)), "estimated": .bool($0.isEstimated),
                    ]
                }),
            "failed_jobs": .integer(failed),
            "unserved_connections": .array(
                unserved.map {
                    [
                        "id": .string($0.id.uuidString.lowercased()), "name": .string($0.name), "reason": .string($0.reason),
                        "workers": .integer($0.workers), "by_nobody": .bool($0.byNobody),
                    ]
                }),
            "processes": .array(
                processes.map {
                    [
                        "name": .string($0.name), "role": .string($0.role), "host": .string($0.host), "pid": .integer($0.pid),
                        "running": .integer($0.running), "slots": .integer($0.slots), "leads": .bool($0.leads),
                    ]
                }),
        ]
    }

    var text: String {
        let mapped = connections.flatMap { entry -> [[String]] in
            let connection = entry.connection
            if entry.mappings.isEmpty { return [[connection.name, connection.state.rawValue, "", "", "", "", "", ""]] }
            return entry.mappings.map { mapping in
                [
                    connection.name, connection.state.rawValue, mapping.objectName, mapping.state.rawValue, count(mapping.dbCount),
                    count(mapping.sfCount),
                    String(mapping.pendingWrites), String(mapping.erroredWrites),
                ]
            }
        }
        return [
            TextTable(columns: ["CONNECTION", "STATE", "OBJECT", "STATE", "POSTGRES", "SALESFORCE", "PENDING", "ERRORED"], rows: mapped)
                .text,
            reasons.isEmpty ? nil : reasons.joined(separator: "\n"),
            TextTable(
                columns: ["KIND", "READY", "SCHEDULED", "RUNNING", "OLDEST"],
                rows: queue.map { depth in
                    let about = depth.isEstimated ? "~" : ""
                    return [
                        depth.kind, "\(about)\(depth.ready)", "\(about)\(depth.scheduled)", "\(depth.running)",
                        "\(Int(depth.oldestReady)) s",
                    ]
                }
            ).text,
            failed == 0 ? "no job has failed for good" : "\(failed) jobs failed for good: sluice job list --state failed",
            unserved.isEmpty
                ? nil
                : unserved.map {
                    $0.byNobody
                        ? "no live worker can work for \($0.name): \($0.reason)"
                        : "\($0.workers) workers leave \($0.name) to others: \($0.reason)"
                }.joined(separator: "\n"),
            TextTable(
                columns: ["PROCESS", "ROLE", "HOST", "PID", "JOBS"],
                rows: processes.map {
                    [
                        $0.name, $0.role + ($0.leads ? " (leads)" : ""), $0.host, "\($0.pid)",
                        "\($0.running)" + ($0.slots > 0 ? " of \($0.slots)" : ""),
                    ]
                }
            ).text,
        ].compactMap(\.self).joined(separator: "\n\n")
    }

    /// Why a connection or a mapping is not as it should be; what a connection says is not said again of its mappings.
    private var reasons: [String] {
        connections.flatMap { connection, mappings in
            let own = connection.stateDescription.map { "\(connection.name): \($0)" }
            return [own].compactMap(\.self)
                + mappings.compactMap { mapping in
                    guard let reason = mapping.stateDescription, connection.stateDescription?.contains(reason) != true else { return nil }
                    return "\(connection.name) / \(mapping.objectName): \(reason)"
                }
        }
    }

    private func mapping(_ mapping: Mapping) -> JSONValue {
        [
            "id": .string(mapping.id.uuidString.lowercased()), "object_name": .string(mapping.objectName),
            "state": .string(mapping.state.rawValue),
            "state_description": .optional(mapping.stateDescription), "access": .string(mapping.config.access.rawValue),
            "db_count": mapping.dbCount.map { .integer($0) } ?? .null, "sf_count": mapping.sfCount.map { .integer($0) } ?? .null,
            "pending_writes": .integer(mapping.pendingWrites), "errored_writes": .integer(mapping.erroredWrites),
        ]
    }

    private func count(_ value: Int?) -> String { value.map { String($0) } ?? "-" }
}
