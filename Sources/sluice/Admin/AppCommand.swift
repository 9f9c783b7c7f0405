import ArgumentParser
import Catalog
import Foundation

/// `sluice app …`: which databases an app may use.
struct AppCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "app", abstract: "Manages which environment variables' databases an app may use.",
        subcommands: [AppAllowCommand.self, AppDenyCommand.self, AppListCommand.self])
}

/// An app and a variable.
struct AppDatabaseArguments: ParsableArguments {
    @Argument(help: "The app.")
    var app: String

    @Argument(help: "The environment variable that holds a database's address, on every process.")
    var key: String

    @Flag(help: "Print the result as JSON.")
    var json = false

    func report(_ isAllowed: Bool, changed: Bool, _ text: String) {
        let document: JSONValue = ["app": .string(app), "db_key": .string(key), "allowed": .bool(isAllowed), "changed": .bool(changed)]
        print(json ? document.prettyText : text)
    }
}

/// `sluice app allow`.
struct AppAllowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "allow", abstract: "Lets an app's connections use the database whose address a variable holds.",
        example: "sluice app allow shop HEROKU_POSTGRESQL_BLUE_URL")

    @OptionGroup var arguments: AppDatabaseArguments

    func run() async throws {
        let (app, key) = (arguments.app, arguments.key)
        try await AdminStart.run { start in
            if let value = ProcessInfo.processInfo.environment[key], !ConnectionAddress.isDatabaseURL(value) {
                throw CatalogError(
                    code: .invalid, message: "\(key): expected a variable that holds a Postgres URL; here it holds something else")
            }
            let isNew = try await start.catalog.allowDatabase(app: app, key: key)
            try await start.catalog.audit(
                nil, actor: "sluice app allow", action: "app.allow", details: ["app": .string(app), "db_key": .string(key)])
            arguments.report(true, changed: isNew, isNew ? "\(app) may use \(key) from now on" : "\(app) might use \(key) already")
        }
    }
}

/// `sluice app deny`.
struct AppDenyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deny", abstract: "Takes a variable's database from an app; its connections cannot reach it any more.",
        aliases: ["revoke"],
        example: "sluice app deny shop HEROKU_POSTGRESQL_BLUE_URL")

    @OptionGroup var arguments: AppDatabaseArguments

    func run() async throws {
        let (app, key) = (arguments.app, arguments.key)
        try await AdminStart.run { start in
            let stopped = try await start.catalog.databases(app: app).filter { $0.dbKey == key }.flatMap(\.connections)
            guard try await start.catalog.denyDatabase(app: app, key: key) else {
                throw CatalogError(code: .notFound, message: "the app \(app) was not allowed to use \(key)")
            }
            try await start.catalog.audit(
                nil, actor: "sluice app deny", action: "app.deny", details: ["app": .string(app), "db_key": .string(key)])
            let reach = stopped.isEmpty ? "" : "; these connections cannot reach it any more: \(stopped.joined(separator: ", "))"
            arguments.report(false, changed: true, "\(app) may not use \(key) from now on\(reach)")
        }
    }
}

/// `sluice app list`.
struct AppListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists which databases apps may use.",
        example: "sluice app list --app shop")

    @Option(help: "Only this app's.")
    var app: String?

    @Flag(help: "Print them as JSON.")
    var json = false

    func run() async throws {
        try await AdminStart.run { start in
            let databases = try await start.catalog.databases(app: app)
            if json {
                let documents = databases.map { database -> JSONValue in
                    [
                        "app": .string(database.appName), "db_key": .string(database.dbKey),
                        "allowed_at": .string(database.allowedAt.formatted(.iso8601)),
                        "connections": .array(database.connections.map { .string($0) }),
                    ]
                }
                return print(JSONValue.array(documents).prettyText)
            }
            let rows = databases.map {
                [$0.appName, $0.dbKey, $0.allowedAt.formatted(.iso8601), $0.connections.joined(separator: ", ")]
            }
            print(TextTable(columns: ["APP", "DB_KEY", "ALLOWED AT", "CONNECTIONS"], rows: rows).text)
        }
    }
}
