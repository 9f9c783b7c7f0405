import Accounts
import ArgumentParser
import Catalog
import Foundation

/// `sluice user tokens`: what a user can log in with, never the tokens themselves.
struct UserTokensCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokens", abstract: "Lists a user's API tokens by id, with when they were made and last used.",
        example: "sluice user tokens ann@example.com")

    @Argument(help: "The user's e-mail address.")
    var email: String

    @Flag(help: "Print them as JSON.")
    var json = false

    func run() async throws {
        try await AdminStart.run { start in
            let tokens = try await start.catalog.tokens(email: email)
            if json { return print(JSONValue.array(tokens.map(\.document)).prettyText) }
            let rows = tokens.map {
                [
                    $0.id, $0.name ?? "", $0.role?.rawValue ?? "", $0.createdAt.formatted(.iso8601),
                    $0.expiresAt?.formatted(.iso8601) ?? "never", $0.lastUsedAt?.formatted(.iso8601) ?? "never", String($0.sessions),
                ]
            }
            print(TextTable(columns: ["ID", "NAME", "AT MOST", "CREATED", "EXPIRES", "LAST USED", "SESSIONS"], rows: rows).text)
        }
    }
}

/// `sluice user token`: one more token.
struct UserTokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Makes an API token for a user and prints it, once.",
        example: "sluice user token ann@example.com --name deploys --role operator --days 90")

    @Argument(help: "The user's e-mail address.")
    var email: String

    @Option(help: "What it is for.")
    var name: String?

    @Option(help: "The most that it may do, whatever the user may: viewer, operator or admin.")
    var role: Role?

    @Option(help: "Days after which it ends by itself.")
    var days: Int?

    @Flag(help: "Print the token as JSON.")
    var json = false

    func validate() throws {
        if let days, !(1...3650).contains(days) { throw ValidationError("--days \(days): expected 1 to 3650") }
    }

    func run() async throws {
        try await AdminStart.run { start in
            let account = try await start.catalog.account(named: email)
            let (token, secret) = try await start.catalog.createToken(
                of: account.id, name: name, role: role, lifetime: days.map { .seconds($0 * 86_400) })
            try await start.catalog.audit(
                nil, actor: "sluice user token", action: "token.create",
                details: .change(before: nil, after: token.document, ["user": .string(account.user.email)]))
            print(json ? JSONValue.object((token.document.members ?? []) + [.init("token", .string(secret))]).prettyText : secret)
        }
    }
}

/// `sluice user sessions`: where a user is logged in to the dashboard.
struct UserSessionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessions", abstract: "Lists a user's dashboard sessions, or ends them.",
        example: "sluice user sessions ann@example.com --end-all")

    @Argument(help: "The user's e-mail address.")
    var email: String

    @Option(help: "End this session.")
    var end: String?

    @Flag(help: "End all of them.")
    var endAll = false

    @Flag(help: "Print them as JSON.")
    var json = false

    func validate() throws {
        if endAll, end != nil { throw ValidationError("--end-all: expected no --end beside it") }
    }

    func run() async throws {
        try await AdminStart.run { start in
            let account = try await start.catalog.account(named: email)
            var sessions: [SessionRecord]
            if endAll || end != nil {
                sessions = try await start.catalog.endSessions(of: account.id, id: end)
                try await start.catalog.audit(
                    nil, actor: "sluice user sessions", action: "session.end",
                    details: .change(
                        before: ["user": .string(account.user.email), "ids": .array(sessions.map { .string($0.id) })], after: nil))
            } else {
                sessions = try await start.catalog.sessions(of: account.id)
            }
            if json { return print(JSONValue.array(sessions.map(\.document)).prettyText) }
            let rows = sessions.map {
                [
                    $0.id, $0.createdAt.formatted(.iso8601), $0.lastUsedAt?.formatted(.iso8601) ?? "never", $0.origin.address ?? "",
                    $0.tokenID.map { "token \($0)" } ?? "password", $0.origin.agent ?? "",
                ]
            }
            print(TextTable(columns: ["ID", "BEGAN", "LAST USED", "ADDRESS", "BY", "BROWSER"], rows: rows).text)
        }
    }
}

extension SessionRecord {
    /// What the admin commands tell of a session.
    fileprivate var document: JSONValue {
        [
            "id": .string(id), "created_at": .string(createdAt.formatted(.iso8601)), "expires_at": .string(expiresAt.formatted(.iso8601)),
            "last_used_at": .optional(lastUsedAt?.formatted(.iso8601)), "address": .optional(origin.address),
            "agent": .optional(origin.agent), "token": .optional(tokenID),
        ]
    }
}

/// `sluice user revoke`: ends tokens and the dashboard sessions that they began.
struct UserRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Revokes a user's API tokens, all of them or one, and ends the dashboard sessions that they began.",
        example: "sluice user revoke ann@example.com")

    @Argument(help: "The user's e-mail address.")
    var email: String

    @Option(help: "Only this token: its id, as 'sluice user tokens' lists it.")
    var token: String?

    @Flag(help: "All of the user's tokens, which is also meant when no token is named.")
    var all = false

    @Flag(help: "Print the revoked tokens as JSON.")
    var json = false

    func validate() throws {
        if all, token != nil { throw ValidationError("--all: expected no --token beside it") }
    }

    func run() async throws {
        try await AdminStart.run { start in
            let revoked = try await start.catalog.revokeTokens(email: email, id: token)
            try await start.catalog.audit(
                nil, actor: "sluice user revoke", action: "user.revoke",
                details: ["email": .string(email.lowercased()), "tokens": .array(revoked.map { .string($0.id) })])
            if json { return print(JSONValue.array(revoked.map(\.document)).prettyText) }
            let sessions = revoked.map(\.sessions).reduce(0, +)
            print("\(revoked.count) token\(revoked.count == 1 ? "" : "s") revoked, \(sessions) session\(sessions == 1 ? "" : "s") ended")
        }
    }
}

extension APIToken {
    /// What the admin commands tell of a token.
    fileprivate var document: JSONValue {
        [
            "id": .string(id), "name": .optional(name), "role": .optional(role?.rawValue),
            "created_at": .string(createdAt.formatted(.iso8601)), "expires_at": .optional(expiresAt?.formatted(.iso8601)),
            "last_used_at": .optional(lastUsedAt?.formatted(.iso8601)), "sessions": .integer(Int64(sessions)),
        ]
    }
}
