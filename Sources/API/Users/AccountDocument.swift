import Accounts
import Catalog
import Foundation
import Hummingbird
import WebServer

/// Users, tokens, sessions and roles as the API tells them.
enum AccountDocument {
    static func account(_ account: Account) -> JSONValue {
        .object(
            user(account.user) + [
                .init("created_at", .string(Timestamp.iso(account.createdAt))),
                .init("password_set_at", .optional(Timestamp.iso(account.passwordSetAt))),
                .init("tokens", .integer(account.tokens)), .init("sessions", .integer(account.sessions)),
            ])
    }

    static func user(_ user: User) -> [JSONValue.Member] {
        [
            .init("id", .string(user.id.uuidString.lowercased())), .init("email", .string(user.email)),
            .init("administrator", .bool(user.isAdministrator)),
            .init("apps", .array(user.apps.map { ["name": .string($0), "role": .optional(user.appRoles[$0]?.rawValue)] })),
            .init(
                "connections",
                .array(
                    user.connectionRoles.sorted { $0.key.uuidString < $1.key.uuidString }.map {
                        ["id": .string($0.key.uuidString.lowercased()), "role": .string($0.value.rawValue)]
                    })),
        ]
    }

    static func token(_ token: APIToken) -> JSONValue { .object(members(token)) }

    static func members(_ token: APIToken) -> [JSONValue.Member] {
        [
            .init("id", .string(token.id)), .init("name", .optional(token.name)), .init("role", .optional(token.role?.rawValue)),
            .init("created_at", .string(Timestamp.iso(token.createdAt))), .init("expires_at", .optional(Timestamp.iso(token.expiresAt))),
            .init("last_used_at", .optional(Timestamp.iso(token.lastUsedAt))), .init("sessions", .integer(token.sessions)),
        ]
    }

    static func session(_ session: SessionRecord, current: String?) -> JSONValue {
        [
            "id": .string(session.id), "created_at": .string(Timestamp.iso(session.createdAt)),
            "expires_at": .string(Timestamp.iso(session.expiresAt)), "last_used_at": .optional(Timestamp.iso(session.lastUsedAt)),
            "address": .optional(session.origin.address), "agent": .optional(session.origin.agent),
            "token": .optional(session.tokenID), "current": .bool(current?.hasPrefix(session.id) ?? false),
        ]
    }

    static func grant(_ grant: AccessGrant) -> JSONValue {
        [
            "user": ["id": .string(grant.userID.uuidString.lowercased()), "email": .string(grant.email)],
            "role": .string(grant.role.rawValue), "app_role": .optional(grant.appRole?.rawValue),
            "connection_role": .optional(grant.connectionRole?.rawValue), "administrator": .bool(grant.isAdministrator),
            "granted_at": .optional(Timestamp.iso(grant.grantedAt)),
        ]
    }

    static func list(_ results: [JSONValue]) -> Response { .json(["count": .integer(results.count), "results": .array(results)]) }
}
