import Accounts
import Catalog
import CatalogWorld
import Postgres
import Testing

@Suite("Users and their tokens")
struct TokenTests {
    @Test("a token is shown once and known only by its hash")
    func tokens() async throws {
        try await Fixture.with { fixture in
            let (user, token) = try await fixture.store.addUser(email: "Ann@Example.com", app: "shop")
            #expect(user.email == "ann@example.com")
            #expect(try await fixture.store.user(token: token) == user)
            #expect(try await fixture.store.user(token: token + "x") == nil)
            let rows = try await fixture.pool.query("SELECT t::text AS row FROM sluice.api_tokens t")
            #expect(try !rows.contains { try $0.decode("row", as: String.self).contains(token) })
            let (same, second) = try await fixture.store.addUser(email: "ann@example.com", app: "blog")
            #expect(same.id == user.id)
            #expect(try await fixture.store.user(token: second)?.apps == ["blog", "shop"])
            let connection = try await fixture.authorizedConnection()
            #expect(try await fixture.store.connections(visibleTo: same).map(\.id) == [connection.id])
            #expect(try await fixture.store.removeAccess(of: user.id, app: "shop") == .admin)
            let without = try #require(try await fixture.store.user(token: second))
            #expect(try await fixture.store.connections(visibleTo: without).isEmpty)
            await #expect(throws: CatalogError.self) { try await fixture.store.addUser(email: "nobody", app: "shop") }
        }
    }
}
