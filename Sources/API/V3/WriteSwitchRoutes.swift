import Catalog
import Foundation
import Hummingbird
import WebServer

/// `/api/v3/connections/ID/writes`: what keeps a connection's writes from Salesforce on purpose, and the report of a dry run.
struct WriteSwitchRoutes: RouteGroup {
    let services: APIServices

    func add(to table: RouteTable) {
        table.add("/api/v3/connections/:connection/writes", [.get(.viewer, show), .patch(.admin, change)])
        table.add("/api/v3/connections/:connection/writes/allow-deletes", [.post(.operator, allowDeletes)])
    }

    private func show(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        return .json(Self.document(try await services.catalog.writeSwitches(connection.id)))
    }

    private func change(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let before = try await services.catalog.writeSwitches(connection.id)
        var after = before
        let body = try await request.jsonObject() ?? [:]
        if let unknown = body.members?.map(\.key).first(where: { !["mode", "deletes_per_hour"].contains($0) }) {
            throw APIError.badRequest("\(unknown.prefix(40)): expected mode or deletes_per_hour")
        }
        if let mode = body["mode"] {
            let names = WriteSwitches.Mode.allCases.map(\.rawValue).joined(separator: ", ")
            guard let name = mode.string else { throw APIError.badRequest("mode: expected one of \(names), found \(mode.kind)") }
            guard let found = WriteSwitches.Mode(rawValue: name) else {
                throw APIError.badRequest("mode: expected one of \(names), found \"\(name.prefix(40))\"")
            }
            after.mode = found
        }
        if let limit = body["deletes_per_hour"] {
            guard limit == .null || limit.wholeNumber.map({ (0...Int(Int32.max)).contains($0) }) ?? false else {
                throw APIError.badRequest(
                    "deletes_per_hour: expected a number from 0 to \(Int32.max), or null for any number, found \(limit.wholeNumber.map { "\($0)" } ?? limit.kind)"
                )
            }
            after.deletesPerHour = limit.wholeNumber
        }
        try await services.catalog.setWriteSwitches(
            connection.id, mode: after.mode, deletesPerHour: after.deletesPerHour, requestedBy: user.email)
        try await services.catalog.audit(
            connection.id, actor: user.email, action: "connection.writes",
            details: .change(before: Self.settings(before), after: Self.settings(after)))
        return .json(Self.document(try await services.catalog.writeSwitches(connection.id)))
    }

    private func allowDeletes(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        try await services.catalog.allowDeletes(connection.id, requestedBy: user.email)
        try await services.catalog.audit(connection.id, actor: user.email, action: "connection.allow_deletes")
        return .json(Self.document(try await services.catalog.writeSwitches(connection.id)))
    }

    private static func settings(_ switches: WriteSwitches) -> JSONValue {
        [
            "mode": .string(switches.mode.rawValue), "deletes_per_hour": switches.deletesPerHour.map { .integer($0) } ?? .null,
        ]
    }

    private static func document(_ switches: WriteSwitches) -> JSONValue {
        [
            "mode": .string(switches.mode.rawValue), "deletes_per_hour": switches.deletesPerHour.map { .integer($0) } ?? .null,
            "deletes_stopped_at": .optional(Timestamp.iso(switches.deletesStoppedAt)),
            "deletes_allowed_at": .optional(Timestamp.iso(switches.deletesAllowedAt)),
            "dry_run_at": .optional(Timestamp.iso(switches.dryRunAt)),
            "dry_run": switches.dryRun.flatMap { try? JSONValue(parsing: Array($0.utf8)) } ?? .null,
        ]
    }
}
