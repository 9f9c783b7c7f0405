import HTTPTypes
import WebServer

extension AccessRoutes {
    static let documentation: [RouteDocumentation] = [
        RouteDocumentation(
            .get, "/api/v3/connections/:connection/access", "Lists who has which role on a connection.",
            answers: [.json(.ok, AccountDocument.listSchema(of: AccountDocument.grantSchema))]),
        RouteDocumentation(
            .put, "/api/v3/connections/:connection/access/:user", "Gives a user a role on a connection, in place of the one on its app.",
            body: .json(AccountDocument.roleChange), answers: [.json(.ok, AccountDocument.grantSchema)]),
        RouteDocumentation(
            .delete, "/api/v3/connections/:connection/access/:user", "Takes a user's own role on a connection.",
            answers: [.empty(.noContent, "Taken; the role on the app holds again.")]),
        RouteDocumentation(
            .put, "/api/v3/apps/:app/access/:user", "Gives a user a role on all of an app's connections.",
            body: .json(AccountDocument.roleChange),
            answers: [.json(.ok, .object(["user": .object(["id": .uuid, "email": .string]), "role": .string]))]),
        RouteDocumentation(
            .delete, "/api/v3/apps/:app/access/:user", "Takes a user's role on an app.", answers: [.empty(.noContent, "Taken.")]),
    ]
}

extension AppDatabaseRoutes {
    static let documentation: [RouteDocumentation] = [
        RouteDocumentation(
            .get, "/api/v3/apps/:app/databases", "Lists the environment variables whose databases an app may use.",
            answers: [
                .json(
                    .ok,
                    AccountDocument.listSchema(
                        of: .object(["db_key": .string, "allowed_at": .time, "connections": .array(of: .string)])))
            ]),
        RouteDocumentation(
            .put, "/api/v3/apps/:app/databases/:key", "Lets an app use a variable's database.",
            answers: [.empty(.noContent, "Allowed."), .error(.badRequest, "The variable holds no database, or configures Sluice.")]),
        RouteDocumentation(
            .delete, "/api/v3/apps/:app/databases/:key", "Takes a variable's database from an app.",
            answers: [.empty(.noContent, "Taken.")]),
    ]
}
