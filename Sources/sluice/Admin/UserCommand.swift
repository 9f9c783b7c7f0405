import ArgumentParser
import Catalog
import Foundation

/// `sluice user …`: who may use the API and the dashboard.
struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Manages who may use the API and the dashboard.",
        subcommands: [UserAddCommand.self, UserTokensCommand.self, UserRevokeCommand.self])
}

/// `sluice user add`: a user, access to an app, and a token.
struct UserAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Gives somebody access to an app's connections and prints a new API token, once.")

    @Argument(help: "The user's e-mail address.")
    var email: String

    @Option(help: "The app.")
    var app: String

    @Flag(help: "Print user and token as JSON.")
    var json = false

    func run() async throws {
        try await AdminStart.run { start in
            let (user, token) = try await start.catalog.addUser(email: email, app: app)
            try await start.catalog.audit(
                nil, actor: "sluice user add", action: "user.add", details: ["email": .string(user.email), "app": .string(app)])
            let document: JSONValue = [
                "id": .string(user.id.uuidString.lowercased()), "email": .string(user.email), "apps": .array(user.apps.map { .string($0) }),
                "token": .string(token), "token_id": .string(try APIToken.id(of: token)),
            ]
            print(json ? document.prettyText : token)
        }
    }
}
