import Accounts
import Catalog
import Foundation
import Hummingbird
import Redaction
import WebServer

/// What may be done to a user's tokens, sessions and password, by himself or by an administrator.
struct CredentialChanges {
    let services: APIServices

    private static let longestLifetime = 3650

    func tokens(of account: Account) async throws -> Response {
        try await AccountDocument.list(services.catalog.tokens(email: account.user.email).map(AccountDocument.token))
    }

    /// Body: `name`, `role` (the most that the token may do), `expires_in_days`.
    func createToken(of account: Account, _ request: Request, by user: User) async throws -> Response {
        let fields = RequestFields(try await request.jsonObject())
        let role = try fields.text("role").map(Role.init(named:))
        let days = try fields.number("expires_in_days", in: 1...Self.longestLifetime)
        let (token, secret) = try await services.catalog.createToken(
            of: account.id, name: fields.text("name"), role: role, lifetime: days.map { .seconds($0 * 86_400) })
        try await services.catalog.audit(
            nil, actor: user.email, action: "token.create",
            details: .change(
                before: nil,
                after: [
                    "id": .string(token.id), "user": .string(account.user.email), "name": .optional(token.name),
                    "role": .optional(role?.rawValue), "expires_at": .optional(Timestamp.iso(token.expiresAt)),
                ]))
        return .json(.object(AccountDocument.members(token) + [.init("token", .string(secret))]), status: .created)
    }

    func revokeToken(of account: Account, id: String, by user: User) async throws -> Response {
        let revoked = try await services.catalog.revokeTokens(email: account.user.email, id: id)
        try await services.catalog.audit(
            nil, actor: user.email, action: "token.revoke",
            details: .change(
                before: ["user": .string(account.user.email), "ids": .array(revoked.map { .string($0.id) })], after: nil))
        return Response(status: .noContent)
    }

    func sessions(of account: Account, current: String?) async throws -> Response {
        try await AccountDocument.list(services.catalog.sessions(of: account.id).map { AccountDocument.session($0, current: current) })
    }

    /// - Parameter kept: the hash of a session that goes on where all others end.
    func endSessions(of account: Account, id: String?, keeping kept: String?, by user: User) async throws -> Response {
        let ended = try await services.catalog.endSessions(of: account.id, id: id, keeping: id == nil ? kept : nil)
        try await services.catalog.audit(
            nil, actor: user.email, action: "session.end",
            details: .change(
                before: ["user": .string(account.user.email), "ids": .array(ended.map { .string($0.id) })], after: nil))
        return id == nil ? .json(["count": .integer(ended.count)]) : Response(status: .noContent)
    }

    func setPassword(of account: Account, _ password: String?, keeping kept: String?, by user: User) async throws {
        try await services.catalog.setPassword(of: account.id, password, keeping: kept)
        try await services.catalog.audit(
            nil, actor: user.email, action: "user.password",
            details: .change(
                before: ["has_one": .bool(account.passwordSetAt != nil)], after: ["has_one": .bool(password != nil)],
                ["user": .string(account.user.email)]))
    }
}
