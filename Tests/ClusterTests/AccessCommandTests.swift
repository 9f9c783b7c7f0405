import Accounts
import Catalog
import Foundation
import Postgres
import Testing

@Suite("sluice app and sluice user")
struct AccessCommandTests {
    /// Runs a command to its end, with what it prints among what it says on stderr.
    private func sluice(
        _ world: ClusterWorld, _ arguments: [String], _ changes: [String: String?] = [:]
    ) async throws -> (status: Int32, said: String, json: JSONValue) {
        let command = "exec \"$SLUICE_BIN_DIR/sluice\" \"$@\" 1>&2"
        let process = try world.start("/bin/sh", ["-c", command, "sh"] + arguments, changes)
        let status = try await process.exitStatus()
        return (status, process.errors, (try? JSONValue(parsing: process.errors)) ?? .null)
    }

    @Test("an operator allows and withdraws the databases of an app")
    func databases() async throws {
        try await ClusterWorld.with { world in
            let store = CatalogStore(pool: world.pool)
            func run(_ arguments: String...) async throws -> (status: Int32, said: String, json: JSONValue) {
                try await sluice(world, ["app"] + arguments, ["SECOND_URL": "postgres://elsewhere/db"])
            }
            #expect(try await run("allow", "shop", "SECOND_URL").said == "shop may use SECOND_URL from now on\n")
            #expect(try await run("allow", "shop", "SECOND_URL", "--json").json["changed"] == false)
            #expect(try await run("allow", "shop", "ELSEWHERE_URL").status == 0)
            let list = try await run("list", "--json").json.elements ?? []
            #expect(list.map { $0["db_key"] } == ["ELSEWHERE_URL", "SECOND_URL"])
            #expect(try await run("list", "--app", "other", "--json").json == [])
            #expect(try await run("list").said.contains("SECOND_URL"))
            #expect(try await run("deny", "shop", "SECOND_URL", "--json").json["allowed"] == false)
            #expect(try await store.databases(app: "shop").map(\.dbKey) == ["ELSEWHERE_URL"])
            for (arguments, named) in [
                (["deny", "shop", "SECOND_URL"], "SECOND_URL"), (["allow", "shop", "SLUICE_SECRET_KEY"], "SLUICE_SECRET_KEY"),
                (["allow", "shop", "ODD"], "ODD"), (["allow", "shop", "A B"], "A B"), (["allow", "a b", "SECOND_URL"], "app"),
            ] {
                let refused = try await sluice(world, ["app"] + arguments, ["ODD": "x"])
                #expect(refused.status != 0)
                #expect(refused.said.contains(named), "\(refused.said)")
            }
        }
    }

    @Test("a connection that an operator makes allows its variable, and says so")
    func creation() async throws {
        try await ClusterWorld.with { world in
            let create = ["connection", "create", "--app", "shop", "--db-key", "DATABASE_URL"]
            let made = try await sluice(world, create)
            #expect(made.status == 0)
            let lines = made.said.split(separator: "\n")
            #expect(lines.contains("shop may use DATABASE_URL from now on"))
            #expect(lines.contains { UUID(uuidString: String($0)) != nil })
            #expect(try await CatalogStore(pool: world.pool).databases(app: "shop").first?.connections == ["shop:DATABASE_URL:salesforce"])
        }
    }

    @Test("connections from before the migration go on with the variables that they use")
    func migration() async throws {
        try await ClusterWorld.with(migrated: false) { world in
            #expect(try await world.start("sluice", ["migrate"]).exitStatus() == 0)
            // As the database was before the migration of that name.
            for statement in [
                "DROP TRIGGER check_db_key ON sluice.connections", "DROP TABLE sluice.app_databases, sluice.sessions",
                "DROP FUNCTION sluice.check_db_key, sluice.spread_app_database",
                "ALTER TABLE sluice.connections DROP COLUMN db_key_allowed",
                "DROP INDEX sluice.api_tokens_user", "DELETE FROM sluice.migrations WHERE number = 8",
                "INSERT INTO sluice.connections (name, app_name, app_id, resource_name, db_key) VALUES ('c', 'shop', gen_random_uuid(), 'r', 'X_URL')",
                "INSERT INTO sluice.connections (name, app_name, app_id, resource_name) VALUES ('d', 'shop', gen_random_uuid(), 's')",
            ] { try await world.pool.run(PostgresQuery(sql: statement)) }
            #expect(try await world.start("sluice", ["migrate"]).exitStatus() == 0)
            let store = CatalogStore(pool: world.pool)
            #expect(try await store.databases().map(\.dbKey) == ["X_URL"])
            #expect(try await store.connections().map(\.isDatabaseKeyAllowed) == [true, false])
        }
    }

    @Test("tokens are listed and revoked from the command line, one or all")
    func tokens() async throws {
        try await ClusterWorld.with { world in
            let store = CatalogStore(pool: world.pool)
            func run(_ arguments: String...) async throws -> (status: Int32, said: String, json: JSONValue) {
                let result = try await sluice(world, ["user"] + arguments)
                #expect(result.status == 0, "\(result.said)")
                return result
            }
            let added = try await run("add", "ann@example.com", "--app", "shop", "--json").json
            let token = try #require(added["token"]?.string)
            _ = try await run("add", "ann@example.com", "--app", "shop")
            _ = try await run("add", "ann@example.com", "--app", "shop")
            let listed = try await run("tokens", "ann@example.com", "--json")
            #expect(listed.json.elements?.count == 3)
            #expect(listed.json.elements?.contains { $0["id"] == added["token_id"] } == true)
            #expect(!listed.said.contains(token))
            #expect(try await run("tokens", "ann@example.com").said.contains("never"))
            let id = try #require(added["token_id"]?.string)
            #expect(try await run("revoke", "ann@example.com", "--token", id, "--json").json.elements?.map { $0["id"]?.string } == [id])
            #expect(try await store.user(token: token) == nil)
            #expect(try await run("revoke", "ann@example.com").said == "2 tokens revoked, 0 sessions ended\n")
            for (arguments, named) in [
                (["tokens", "bob@example.com"], "bob@example.com"), (["revoke", "bob@example.com", "--all"], "bob@example.com"),
                (["revoke", "ann@example.com", "--token", "x"], "token"), (["revoke", "ann@example.com", "--all", "--token", id], "--all"),
            ] {
                let refused = try await sluice(world, ["user"] + arguments)
                #expect(refused.status != 0)
                #expect(refused.said.contains(named), "\(refused.said)")
            }
        }
    }

    @Test("roles, passwords, limited tokens and users are kept from the command line")
    func accounts() async throws {
        try await ClusterWorld.with { world in
            let store = CatalogStore(pool: world.pool)
            func run(_ arguments: String...) async throws -> (status: Int32, said: String, json: JSONValue) {
                let result = try await sluice(world, ["user"] + arguments)
                #expect(result.status == 0, "\(result.said)")
                return result
            }
            #expect(try await run("add", "ann@example.com", "--administrator", "--json").json["administrator"] == true)
            let bob = try await run("add", "bob@example.com", "--app", "shop", "--role", "viewer", "--json").json
            #expect(bob["roles"] == ["shop": "viewer"])
            // One more token of who is there changes no role.
            #expect(try await run("add", "bob@example.com", "--app", "shop", "--json").json["roles"] == ["shop": "viewer"])
            #expect(
                try await run("grant", "bob@example.com", "--app", "shop", "--role", "operator").said
                    == "bob@example.com: operator on shop\n")
            let made = try await sluice(world, ["connection", "create", "--app", "shop", "--db-key", "DATABASE_URL", "--json"])
            let id = try #require(try await store.connections().first?.id)
            #expect(made.status == 0)
            let granted = try await run("grant", "bob@example.com", "--connection", id.uuidString, "--role", "admin", "--json")
            #expect(granted.json["connections"] == .object([.init(id.uuidString.lowercased(), "admin")]))
            #expect(try await run("ungrant", "bob@example.com", "--app", "shop", "--json").json["roles"] == [:])
            let limited = try await run("token", "bob@example.com", "--name", "ci", "--role", "viewer", "--days", "7", "--json").json
            #expect(limited["name"] == "ci" && limited["role"] == "viewer" && limited["expires_at"] != .null)
            let user = try #require(try await store.user(token: limited["token"]?.string ?? ""))
            #expect(user.role(on: try #require(try await store.connection(id))) == .viewer)
            let command = "echo 'correct horse battery' | \"$SLUICE_BIN_DIR/sluice\" user password bob@example.com"
            #expect(try await world.start("/bin/sh", ["-c", command]).exitStatus() == 0)
            let begun = try #require(
                try await store.beginSession(email: "bob@example.com", password: "correct horse battery", lifetime: .seconds(60)))
            #expect(begun.user.email == "bob@example.com")
            #expect(try await run("list").said.contains("bob@example.com"))
            #expect(try await run("sessions", "bob@example.com", "--end-all", "--json").json.elements?.count == 1)
            #expect(try await store.user(session: begun.secret) == nil)
            _ = try await run("remove", "bob@example.com")
            for (arguments, named) in [
                (["remove", "ann@example.com"], "last administrator"),
                (["grant", "ann@example.com", "--role", "viewer"], "--app or --connection"),
                (["grant", "ann@example.com", "--app", "shop", "--role", "boss"], "boss"),
                (["grant", "bob@example.com", "--app", "shop", "--role", "viewer"], "bob@example.com"),
                (["add", "x@example.com"], "--app"), (["token", "ann@example.com", "--days", "0"], "--days"),
            ] {
                let refused = try await sluice(world, ["user"] + arguments)
                #expect(refused.status != 0 && refused.said.contains(named), "\(refused.said)")
            }
        }
    }
}
