import Accounts
import ArgumentParser
import Catalog
import Foundation

/// `sluice user …`: who may use the API and the dashboard.
struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Manages who may use the API and the dashboard.",
        subcommands: [
            UserAddCommand.self, UserListCommand.self, UserGrantCommand.self, UserUngrantCommand.self, UserPasswordCommand.self,
            UserRemoveCommand.self, UserTokensCommand.self, UserTokenCommand.self, UserRevokeCommand.self, UserSessionsCommand.self,
        ])
}

/// `sluice user add`: a user, access to an app, and a token.
struct UserAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Gives somebody access to an app's connections and prints a new API token, once.",
        example: "sluice user add ann@example.com --app shop --role operator")

    @Argument(help: "The user's e-mail address.")
    var email: String

    @Option(help: "The app; not needed for an administrator.")
    var app: String?

    @Option(help: "What the user may do there: viewer, operator or admin; admin for a new user, and what it was for one that is there.")
    var role: Role?

    @Flag(help: "Let the user keep the installation: its users, and which databases apps may use.")
    var administrator = false

    @Flag(help: "Print user and token as JSON.")
    var json = false

    func validate() throws {
        if app == nil, !administrator { throw ValidationError("--app: expected the app whose connections the user may see") }
        if app == nil, role != nil { throw ValidationError("--role: expected --app beside it") }
    }

    func run() async throws {
        try await AdminStart.run { start in
            let (account, token) = try await add(start.catalog)
            try await start.catalog.audit(
                nil, actor: "sluice user add", action: "user.add",
                details: [
                    "email": .string(account.user.email), "app": .optional(app),
                    "role": .optional(app.flatMap { account.user.appRoles[$0]?.rawValue }),
                    "administrator": .bool(account.user.isAdministrator),
                ])
            var members = account.document.members ?? []
            members += [.init("token", .string(token)), .init("token_id", .string(try APIToken.id(of: token)))]
            print(json ? JSONValue.object(members).prettyText : token)
        }
    }

    private func add(_ catalog: CatalogStore) async throws -> (Account, token: String) {
        let token: String
        if let app {
            token = try await catalog.addUser(email: email, app: app, role: role).token
        } else {
            let account = try await existing(catalog)
            token = try await catalog.createToken(of: account.id, name: nil).secret
        }
        if administrator { try await catalog.setAdministrator(email: email, true) }
        return (try await catalog.account(named: email), token)
    }

    private func existing(_ catalog: CatalogStore) async throws -> Account {
        do {
            return try await catalog.account(named: email)
        } catch let error as CatalogError where error.code == .notFound {
            return try await catalog.createAccount(email: email)
        }
    }
}

/// `sluice user list`.
struct UserListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists users with their roles.",
        example: "sluice user list")

    @Flag(help: "Print them as JSON.")
    var json = false

    func run() async throws {
        try await AdminStart.run { start in
            let accounts = try await start.catalog.accounts(limit: 100_000)
            if json { return print(JSONValue.array(accounts.map(\.document)).prettyText) }
            let rows = accounts.map { account in
                let apps = account.user.apps.map { "\($0): \(account.user.appRoles[$0]?.rawValue ?? "")" }
                let single = account.user.connectionRoles.map { "\($0.key.uuidString.lowercased()): \($0.value.rawValue)" }.sorted()
                return [
                    account.user.email, account.user.isAdministrator ? "administrator" : "", (apps + single).joined(separator: ", "),
                    account.passwordSetAt == nil ? "tokens only" : "password", String(account.tokens), String(account.sessions),
                ]
            }
            print(TextTable(columns: ["USER", "INSTALLATION", "ROLES", "SIGNS IN BY", "TOKENS", "SESSIONS"], rows: rows).text)
        }
    }
}

/// `sluice user remove`.
struct UserRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Removes a user, with tokens, sessions and roles.",
        example: "sluice user remove ann@example.com")

    @Argument(help: "The user's e-mail address.")
    var email: String

    @Flag(help: "Print the user as JSON.")
    var json = false

    func run() async throws {
        try await AdminStart.run { start in
            let account = try await start.catalog.account(named: email)
            try await start.catalog.removeAccount(account)
            try await start.catalog.audit(
                nil, actor: "sluice user remove", action: "user.remove", details: .change(before: account.document, after: nil))
            print(json ? account.document.prettyText : "\(account.user.email) is removed")
        }
    }
}

/// `sluice user password`.
struct UserPasswordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "password",
        abstract: "Sets a user's password, read from standard input; the dashboard sessions that the former one began end.",
        discussion: "The password is one line of 12 to 200 characters. Options are seen by other users of the machine, so there is none.",
        example: "sluice user password ann@example.com < password.txt")

    @Argument(help: "The user's e-mail address.")
    var email: String

    @Flag(help: "Take the password away: the user signs in with tokens only.")
    var none = false

    @Flag(help: "Print the user as JSON.")
    var json = false

    func run() async throws {
        var password: String?
        if !none {
            guard let line = readLine(strippingNewline: true) else {
                throw ValidationError("expected the password as a line on standard input")
            }
            password = line
        }
        try await AdminStart.run { start in
            let before = try await start.catalog.account(named: email)
            try await start.catalog.setPassword(of: before.id, password)
            try await start.catalog.audit(
                nil, actor: "sluice user password", action: "user.password",
                details: .change(
                    before: ["has_one": .bool(before.passwordSetAt != nil)], after: ["has_one": .bool(password != nil)],
                    ["user": .string(before.user.email)]))
            let account = try await start.catalog.account(named: email)
            print(json ? account.document.prettyText : "\(account.user.email) signs in by \(none ? "tokens only" : "password")")
        }
    }
}

extension Account {
    /// What the admin commands tell of a user.
    var document: JSONValue {
        [
            "id": .string(id.uuidString.lowercased()), "email": .string(user.email), "administrator": .bool(user.isAdministrator),
            "apps": .array(user.apps.map { .string($0) }),
            "roles": .object(user.apps.map { .init($0, .optional(user.appRoles[$0]?.rawValue)) }),
            "connections": .object(
                user.connectionRoles.sorted { $0.key.uuidString < $1.key.uuidString }.map {
                    .init($0.key.uuidString.lowercased(), .string($0.value.rawValue))
                }), "has_password": .bool(passwordSetAt != nil), "tokens": .integer(tokens), "sessions": .integer(sessions),
        ]
    }
}
