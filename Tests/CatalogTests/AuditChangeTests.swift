import Catalog
import JobQueue
import Postgres
import TestDatabase
import Testing

@Suite("What the audit trail keeps of a change")
struct AuditChangeTests {
    @Test("only what differs is kept, before and after")
    func differences() throws {
        #expect(
            JSONValue.change(before: ["a": "1", "b": "2"], after: ["a": "1", "b": "3", "c": "4"], ["d": .null, "e": "5"])
                == ["before": ["b": "2"], "after": ["b": "3", "c": "4"], "e": "5"])
        #expect(JSONValue.change(before: nil, after: ["a": "1"]) == ["after": ["a": "1"]])
        #expect(JSONValue.change(before: ["a": "1"], after: nil) == ["before": ["a": "1"]])
    }

    @Test("what calls itself a secret, and a password in an address, never gets there, however deep")
    func secrets() async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations + CatalogStore.migrations) { database in
            let store = CatalogStore(pool: database.pool())
            try await store.audit(
                nil, actor: "test", action: "test",
                details: [
                    "password": "s1", "client_secret": "s2", "deep": ["list": [["API-Token": "s3", "refreshToken": "s4"]]],
                    "url": "postgres://user:s5@host:5432/db?x=y", "text": "at https://a:s6@b/ and redis://:s7@c",
                    "Authorization": "Bearer s8",
                    "private_key": ["pem": "s9"], "credentials": "s10", "token_id": "kept1", "tokens": ["kept2"], "has_password": true,
                    "password_set_at": "kept3", "db_key": "kept4", "name": "kept5",
                ])
            let row: String = try await database.pool().query("SELECT details::text AS row FROM sluice.audit_trail")[0].decode("row")
            for number in 1...10 {
                #expect(!row.contains("s\(number)\"") && !row.contains("s\(number)@") && !row.contains("Bearer"), "s\(number)")
            }
            for number in 1...5 { #expect(row.contains("kept\(number)")) }
            #expect(row.contains("postgres://user:(secret)@host:5432/db?x=y"))
        }
    }

    @Test("it stays within 16 KB, whatever was changed")
    func size() async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations + CatalogStore.migrations) { database in
            let long = JSONValue.object((0..<500).map { .init("field \($0)", .string(String(repeating: "\u{1}é", count: 900))) })
            try await CatalogStore(pool: database.pool()).audit(nil, actor: "t", action: "t", details: .change(before: long, after: [:]))
            let bytes: Int = try await database.pool().query("SELECT octet_length(details::text) AS n FROM sluice.audit_trail")[0].decode(
                "n")
            #expect(bytes <= 16 << 10)
        }
    }
}
