import HTTPTypes
import WebServer

extension OwnAccountRoutes {
    private static let path = "/api/v3/users/me"
    private static let limited = RouteDocumentation.Answer.error(.forbidden, "The token is limited to a role, or the password is wrong.")

    static let documentation: [RouteDocumentation] = [
        RouteDocumentation(.get, path, "Shows who is signed in, with roles.", answers: [.json(.ok, AccountDocument.accountSchema)]),
        RouteDocumentation(
            .put, "\(path)/password", "Sets one's password; sessions that the former one began end.",
            body: .json(
                .object(
                    ["password": AccountDocument.password, "current_password": JSONSchema.text.nullable], optional: ["current_password"],
                    open: true)),
            answers: [.empty(.noContent, "Set."), limited]),
        RouteDocumentation(
            .delete, "\(path)/password", "Takes one's password away: from then on one signs in with tokens only.",
            body: .optionalJSON(.object(["current_password": JSONSchema.text.nullable], optional: ["current_password"], open: true)),
            answers: [.empty(.noContent, "Taken."), limited]),
        RouteDocumentation(
            .get, "\(path)/tokens", "Lists one's API tokens, without the tokens themselves.",
            answers: [.json(.ok, AccountDocument.listSchema(of: AccountDocument.tokenSchema)), limited]),
        RouteDocumentation(
            .post, "\(path)/tokens", "Makes an API token.", body: .optionalJSON(AccountDocument.tokenChange),
            answers: [.json(.created, AccountDocument.newTokenSchema), limited]),
        RouteDocumentation(
            .delete, "\(path)/tokens/:token", "Revokes one of one's tokens; the sessions that it began end.",
            answers: [.empty(.noContent, "Revoked."), limited, .error(.badRequest, "This is no id of a token.")]),
        RouteDocumentation(
            .get, "\(path)/sessions", "Lists one's dashboard sessions.",
            answers: [.json(.ok, AccountDocument.listSchema(of: AccountDocument.sessionSchema)), limited]),
        RouteDocumentation(
            .delete, "\(path)/sessions", "Ends one's sessions but the one that asks.",
            answers: [.json(.ok, .object(["count": .integer])), limited]),
        RouteDocumentation(
            .delete, "\(path)/sessions/:session", "Ends one of one's sessions.", answers: [.empty(.noContent, "Ended."), limited]),
    ]
}
