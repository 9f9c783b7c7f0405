import HTTPTypes
import WebServer

extension UserRoutes {
    private static let path = "/api/v3/users/:user"
    private static let person: JSONSchema = .object(
        [
            "email": .string(maxLength: 254, pattern: #"^[^@\x00-\x20\x7f]+@[^@\x00-\x20\x7f]+$"#),
            "password": AccountDocument.password.nullable, "administrator": .boolean.nullable,
        ], optional: ["password", "administrator"], open: true)
    private static let created: JSONSchema = .anyOf(
        [
            .object(["app": ConnectionFields.app.nullable, "role": .null], optional: ["app", "role"], open: true),
            .object(["app": ConnectionFields.app, "role": .oneOf("viewer", "operator", "admin")], open: true),
        ].map { person.joined(with: $0) })
    private static let changed: JSONSchema = .object(
        ["password": AccountDocument.password.nullable.described("null takes it away."), "administrator": .boolean.nullable],
        optional: ["password", "administrator"], open: true)
    private static let lastAdministrator = RouteDocumentation.Answer.error(.conflict, "No administrator would be left.")

    static let documentation: [RouteDocumentation] = [
        RouteDocumentation(
            .get, "/api/v3/users", "Lists users by address.",
            query: [
                .init("after", .string, "Only those whose address comes after this one."),
                .init("limit", .integer(1...10_000), "At most so many; 1000 unless told."),
            ], answers: [.json(.ok, AccountDocument.listSchema(of: AccountDocument.accountSchema))]),
        RouteDocumentation(
            .post, "/api/v3/users", "Adds a user, with a role on an app when one is named.", body: .json(created),
            answers: [.json(.created, AccountDocument.accountSchema), .error(.conflict, "There is a user of this address.")]),
        RouteDocumentation(
            .get, path, "Shows a user, named by id or address.", answers: [.json(.ok, AccountDocument.accountSchema)]),
        RouteDocumentation(
            .patch, path, "Changes a user's password or whether he keeps the installation.", body: .optionalJSON(changed),
            answers: [.json(.ok, AccountDocument.accountSchema), lastAdministrator]),
        RouteDocumentation(
            .delete, path, "Removes a user, with tokens, sessions and roles.", answers: [.empty(.noContent, "Removed."), lastAdministrator]),
        RouteDocumentation(
            .get, "\(path)/tokens", "Lists a user's API tokens.",
            answers: [.json(.ok, AccountDocument.listSchema(of: AccountDocument.tokenSchema))]),
        RouteDocumentation(
            .post, "\(path)/tokens", "Makes an API token for a user.", body: .optionalJSON(AccountDocument.tokenChange),
            answers: [.json(.created, AccountDocument.newTokenSchema)]),
        RouteDocumentation(
            .delete, "\(path)/tokens/:token", "Revokes a user's token.",
            answers: [.empty(.noContent, "Revoked."), .error(.badRequest, "This is no id of a token.")]),
        RouteDocumentation(
            .get, "\(path)/sessions", "Lists a user's dashboard sessions.",
            answers: [.json(.ok, AccountDocument.listSchema(of: AccountDocument.sessionSchema))]),
        RouteDocumentation(
            .delete, "\(path)/sessions", "Ends a user's sessions.", answers: [.json(.ok, .object(["count": .integer]))]),
        RouteDocumentation(
            .delete, "\(path)/sessions/:session", "Ends one of a user's sessions.", answers: [.empty(.noContent, "Ended.")]),
    ]
}
