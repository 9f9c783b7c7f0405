import ArgumentParser
import Catalog
import Foundation

/// `sluice user tokens`: what a user can log in with, never the tokens themselves.
struct UserTokensCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokens", abstract: "Lists a user's API tokens by id, with when they were made and last used.")

    @Argument(help: "The user's e-mail address.")
    var email: String

    @Flag(help: "Print them as JSON.")
    var json = false

    func run() async throws {
        try await AdminStart.run { start in
            let tokens = try await start.catalog.tokens(email: email)
            if json { return print(JSONValue.array(tokens.map(\.document)).prettyText) }
            let rows = tokens.map {
                [$0.id, $0.createdAt.formatted(.iso8601), $0.lastUsedAt?.formatted(.iso8601) ?? "never", String($0.sessions)]
            }
            print(TextTable(columns: ["ID", "CREATED", "LAST USED", "SESSIONS"], rows: rows).text)
        }
    }
}

/// `sluice user revoke`: ends tokens and the dashboard sessions that they began.
struct UserRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Revokes a user's API tokens, all of them or one, and ends the dashboard sessions that they began.")

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
            "id": .string(id), "created_at": .string(createdAt.formatted(.iso8601)),
            "last_used_at": .optional(lastUsedAt?.formatted(.iso8601)), "sessions": .integer(Int64(sessions)),
        ]
    }
}
