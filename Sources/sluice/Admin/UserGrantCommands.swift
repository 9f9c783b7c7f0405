import Accounts
import ArgumentParser
import Catalog
import Foundation

/// On what a role is held.
struct GrantPlace: ParsableArguments {
    @Argument(help: "The user's e-mail address.")
    var email: String

    @Option(help: "All connections of this app.")
    var app: String?

    @Option(help: "This connection alone, by id, resource name or name; its role holds there in place of the app's.")
    var connection: String?

    @Flag(help: "Print the user as JSON.")
    var json = false

    func validate() throws {
        if (app == nil) == (connection == nil) { throw ValidationError("expected either --app or --connection") }
    }

    func change(
        _ start: AdminStart, actor: String, action: String, to role: Role?,
        onApp: (Account, String) async throws -> Role?, onConnection: (Account, Connection) async throws -> Role?
    ) async throws {
        let account = try await start.catalog.account(named: email)
        let found: Connection? = if let connection { try await start.catalog.connection(named: connection) } else { nil }
        let former: Role? = if let found { try await onConnection(account, found) } else { try await onApp(account, app ?? "") }
        try await start.catalog.audit(
            found?.id, actor: actor, action: action,
            details: .change(
                before: ["role": .optional(former?.rawValue)], after: ["role": .optional(role?.rawValue)],
                ["user": .string(account.user.email), "app": .optional(app)]))
        let place = found?.name ?? app ?? ""
        let now = try await start.catalog.account(named: email)
        print(json ? now.document.prettyText : "\(now.user.email): \(role.map { "\($0.rawValue) on" } ?? "no role of his own on") \(place)")
    }
}

/// `sluice user grant`.
struct UserGrantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grant", abstract: "Gives a user a role on an app's connections, or on one connection.",
        example: "sluice user grant ann@example.com --app shop --role viewer")

    @OptionGroup var place: GrantPlace

    @Option(help: "What the user may do: viewer, operator or admin.")
    var role: Role

    func run() async throws {
        try await AdminStart.run { start in
            try await place.change(
                start, actor: "sluice user grant", action: "access.grant", to: role,
                onApp: { try await start.catalog.setAccess(of: $0.id, app: $1, role: role) },
                onConnection: { try await start.catalog.setAccess(of: $0.id, connection: $1.id, role: role) })
        }
    }
}

/// `sluice user ungrant`.
struct UserUngrantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ungrant", abstract: "Takes a user's role on an app, or on one connection, where the app's holds again.",
        example: "sluice user ungrant ann@example.com --app shop")

    @OptionGroup var place: GrantPlace

    func run() async throws {
        func required(_ former: Role?, _ account: Account) throws -> Role {
            guard let former else { throw CatalogError(code: .notFound, message: "\(account.user.email) has no role there") }
            return former
        }
        try await AdminStart.run { start in
            try await place.change(
                start, actor: "sluice user ungrant", action: "access.revoke", to: nil,
                onApp: { try required(try await start.catalog.removeAccess(of: $0.id, app: $1), $0) },
                onConnection: { try required(try await start.catalog.removeAccess(of: $0.id, connection: $1.id), $0) })
        }
    }
}
