import Catalog
import Foundation
import Postgres
import TestDatabase
import Testing

@Suite("sluice connection schema")
struct ConnectionSchemaCommandTests {
    @Test("tells what stands in a schema before and while a connection has it, as the API does, and by its status whether it can be used")
    func kinds() async throws {
        try await ClusterWorld.with { world in
            let look = ["connection", "schema", "--db-key", "DATABASE_URL"]
            #expect(try await world.run(look).contains("There is no schema salesforce yet."))
            try await world.pool.run("CREATE SCHEMA filled")
            try await world.pool.run(
                "CREATE TABLE filled.account (id int, sfid varchar(18), _hc_lastop varchar(32), _hc_err text, name text)")
            let filled = try JSONValue(parsing: try await world.run(look + ["--schema", "filled", "--json"]))
            #expect(filled["found"] == "adoptable" && filled["usable"] == true)
            #expect(filled["tables"]?.elements?.map { $0["name"]?.string } == ["account"])
            try await world.run([
                "connection", "create", "--app", "shop", "--name", "shop", "--db-key", "DATABASE_URL", "--schema", "filled",
            ])
            // The same database under its own address.
            let taken = try await world.run(
                ["connection", "schema", "--database-url", world.database.url, "--schema", "filled"], expecting: 1)
            #expect(taken.contains("Another connection keeps the schema filled.") && !taken.contains("account"))
            #expect(try await world.run(["connection", "schema", "shop"]).contains("account, a mapped table"))
            #expect(try await world.text("SELECT count(*)::text FROM pg_namespace WHERE nspname = 'salesforce'") == "0")
        }
    }

    @Test("a schema that another connection has under another name of the database is not given away a second time")
    func givenOnce() async throws {
        try await ClusterWorld.with { world in
            let create = ["connection", "create", "--app", "shop", "--schema", "sales"]
            try await world.run(create + ["--name", "first", "--db-key", "DATABASE_URL"])
            let second = try world.start("sluice", create + ["--name", "second", "--database-url", world.database.url])
            #expect(try await second.exitStatus() == 1)
            #expect(second.errors.contains("already belongs to the connection first"), "\(second.errors)")
            #expect(try await CatalogStore(pool: world.pool).connections().map(\.name) == ["first"])
        }
    }

    @Test(
        "says which of its words it does not understand",
        arguments: [
            ([], "--db-key"), (["shop", "--db-key", "DATABASE_URL"], "expected one of"), (["--db-key", "PATH"], "--db-key PATH"),
            (["nobody"], "nobody"), (["--db-key", "DATABASE_URL", "--schema", "pg_catalog"], "schema"),
        ] as [([String], String)])
    func refusals(_ arguments: [String], _ named: String) async throws {
        try await ClusterWorld.with { world in
            let command = try world.start("sluice", ["connection", "schema"] + arguments)
            #expect(try await command.exitStatus() != 0)
            #expect(command.errors.contains(named), "\(command.errors)")
        }
    }
}
