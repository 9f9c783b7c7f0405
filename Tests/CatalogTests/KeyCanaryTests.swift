import Catalog
import CatalogWorld
import Foundation
import Postgres
import Secrets
import Testing

@Suite("The key that a control database is sealed with")
struct KeyCanaryTests {
    private static let other = Result { try SealingKey(base64: Data(repeating: 9, count: 32).base64EncodedString()) }

    private func refuses(_ fixture: Fixture, _ key: SealingKey) async {
        let error = await #expect(throws: CatalogError.self) { try await fixture.store.verifyKey(key) }
        #expect(error?.code == .wrongKey)
        #expect(error?.message.contains("SLUICE_SECRET_KEY") == true)
    }

    @Test("the first process decides, and every other key is refused from then on")
    func first() async throws {
        try await Fixture.with { fixture in
            try await fixture.store.verifyKey(fixture.key)
            try await fixture.store.verifyKey(fixture.key)
            await refuses(fixture, try Self.other.get())
            try await fixture.store.verifyKey(fixture.key)
        }
    }

    @Test("of processes with different keys that start together, those with one of them go on")
    func race() async throws {
        try await Fixture.with { fixture in
            let keys = [fixture.key, try Self.other.get()]
            let accepted = await withTaskGroup(of: Int?.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        do {
                            try await fixture.store.verifyKey(keys[number % 2])
                            return number % 2
                        } catch {
                            return nil
                        }
                    }
                }
                return await group.reduce(into: [Int]()) { found, key in if let key { found.append(key) } }
            }
            #expect(accepted.count == 4)
            #expect(Set(accepted).count == 1)
        }
    }

    @Test("a database that is older than the canary goes by what its connections keep sealed, whoever comes first")
    func older() async throws {
        try await Fixture.with { fixture in
            _ = try await fixture.authorizedConnection()
            _ = try await fixture.store.createConnection(
                NewConnection(appName: "a", target: .url("postgres://u@h/d"), schemaName: "s"), sealingKey: fixture.key)
            await refuses(fixture, try Self.other.get())
            #expect(try await fixture.pool.query("SELECT FROM sluice.key_canary").isEmpty)
            try await fixture.store.verifyKey(fixture.key)
            await refuses(fixture, try Self.other.get())
        }
    }

    @Test("one record that was sealed with a wrong key does not decide")
    func majority() async throws {
        try await Fixture.with { fixture in
            for schema in ["a", "b", "c"] { _ = try await fixture.authorizedConnection(schema: schema) }
            _ = try await fixture.store.createConnection(
                NewConnection(appName: "a", target: .url("postgres://u@h/d"), schemaName: "s"), sealingKey: try Self.other.get())
            await refuses(fixture, try Self.other.get())
            try await fixture.store.verifyKey(fixture.key)
        }
    }

    @Test("what does not open with the right key is its record's fault, and says so without a word of what it holds")
    func unreadable() async throws {
        try await Fixture.with { fixture in
            let connection = try await fixture.authorizedConnection()
            let foreign = try await fixture.store.createConnection(
                NewConnection(appName: "a", target: .url("postgres://u@h/d"), schemaName: "s"), sealingKey: try Self.other.get())
            let address = #expect(throws: CatalogError.self) {
                try ConnectionAddress.databaseURL(of: foreign, key: fixture.key, environment: [:])
            }
            #expect(address?.code == .addressUnreadable)
            let stored = try #require(try await fixture.store.connection(connection.id))
            let credentials = #expect(throws: CatalogError.self) {
                try CredentialSeal.open(stored, key: try Self.other.get(), as: [String: String].self)
            }
            #expect(credentials?.code == .credentialsUnreadable)
            let form = #expect(throws: CatalogError.self) { try CredentialSeal.open(stored, key: fixture.key, as: [Int].self) }
            #expect(form?.code == .credentialsUnreadable)
            #expect(form?.message.contains("test") == false)
        }
    }
}
