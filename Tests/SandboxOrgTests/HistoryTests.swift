import Foundation
import Testing

@testable import SandboxHTTP
@testable import SandboxOrg

@Suite("The history of every record")
struct HistoryTests {
    private struct Entry {
        let json: [String: Any]

        var operation: String? { json["operation"] as? String }
        var id: String? { json["id"] as? String }
        var transaction: Int? { json["transaction"] as? Int }
        var changes: [String: [Any]] { json["changes"] as? [String: [Any]] ?? [:] }
        func text(_ field: String) -> [String?] { (changes[field] ?? []).map { $0 as? String } }
    }

    private func history(_ org: TestOrg, _ query: String = "") async throws -> [Entry] {
        let answer = try await org.get("/sandbox/history?\(query)")
        return try #require(answer.object["entries"] as? [[String: Any]], "\(answer.text)").map(Entry.init)
    }

    @Test("tells who created, changed, deleted, restored and purged a record, with the values before and after")
    func life() async throws {
        try await TestOrg.with { org in
            let headers = ["Sforce-Call-Options": "client=checker"]
            let made = try await org.call("POST", "/sobjects/Account", headers: headers, body: #"{"Name":"one","Industry":"Energy"}"#)
            let id = try #require(made.object["id"] as? String)
            #expect(try await org.call("PATCH", "/sobjects/Account/\(id)", headers: headers, body: #"{"Name":"two"}"#).status == 204)
            #expect(try await org.call("PATCH", "/sobjects/Account/\(id)", headers: headers, body: #"{"Name":"two"}"#).status == 204)
            #expect(try await org.call("DELETE", "/sobjects/Account/\(id)", headers: headers).status == 204)
            for path in ["undelete", "hard-delete"] {
                let answer = try await org.call("POST", "/sandbox/\(path)", body: #"{"ids":["\#(id)"]}"#)
                #expect(answer.status == 200, "\(answer.text)")
            }
            let entries = try await history(org, "object=Account&id=\(id.prefix(15))")
            #expect(entries.map(\.operation) == ["create", "update", "update", "delete", "undelete", "delete", "purge"])
            #expect(entries.allSatisfy { $0.id == id && $0.json["object"] as? String == "Account" })
            #expect(entries[0].text("Name") == [nil, "one"])
            #expect(entries[0].text("Industry") == [nil, "Energy"])
            #expect(entries[1].text("Name") == ["one", "two"] && entries[1].changes.count == 1)
            #expect(entries[2].changes.isEmpty, "a write that changes nothing is told all the same")
            #expect(entries.prefix(4).allSatisfy { $0.json["origin"] as? String == "com/salesforce/api/rest/60.0;client=checker" })
            #expect(entries[4].json["origin"] as? String == "")
            let user = try await org.query("SELECT Id FROM User WHERE Username = 'admin@sandbox.example'").records.first?["Id"] as? String
            #expect(user != nil && entries.allSatisfy { $0.json["user"] as? String == user })
            let stamp = try await org.get("/sandbox/history?id=\(id)&limit=1").object["entries"] as? [[String: Any]]
            #expect((stamp?.first?["stamp"] as? String)?.hasSuffix(".000+0000") == true)
            // Entries 5 and 6 are one hard delete.
            #expect(entries[5].transaction == entries[6].transaction && entries[4].transaction != entries[5].transaction)
        }
    }

    @Test("says when by the machine's own clock as well, with fractions, however far the org's is ahead")
    func machineTime() async throws {
        try await TestOrg.with { org in
            let began = Date().timeIntervalSince1970
            #expect(try await org.call("POST", "/sandbox/clock", body: #"{"offset_seconds":3600}"#).status == 204)
            for name in ["one", "two"] {
                #expect(try await org.call("POST", "/sobjects/Account", body: #"{"Name":"\#(name)"}"#).status == 201)
            }
            let times = try await history(org, "object=Account").map { try #require($0.json["at"] as? Double) }
            #expect(times.count == 2 && times[0] < times[1])
            #expect(times.allSatisfy { (began...Date().timeIntervalSince1970).contains($0) }, "\(times) since \(began)")
        }
    }

    @Test("says what a generated record was before its first change, and nothing of a transaction that was rolled back")
    func generatedAndRolledBack() async throws {
        try await TestOrg.with { org in
            let row = try #require(try await org.query("SELECT Id, Name FROM Account LIMIT 1").records.first)
            let (id, name) = (try #require(row["Id"] as? String), try #require(row["Name"] as? String))
            let all = try await org.call(
                "PATCH", "/composite/sobjects",
                body: """
                    {"allOrNone":true,"records":[{"attributes":{"type":"Account"},"id":"\(id)","Name":"lost"},
                    {"attributes":{"type":"Account"},"id":"001000000009999AAA","Name":"nobody"}]}
                    """)
            #expect(all.status == 200)
            #expect(try await history(org, "id=\(id)").isEmpty)
            #expect(try await org.call("PATCH", "/sobjects/Account/\(id)", body: #"{"Name":"kept"}"#).status == 204)
            let entries = try await history(org, "id=\(id)")
            #expect(entries.map(\.operation) == ["update"])
            #expect(entries.first?.text("Name") == [name, "kept"])
        }
    }

    @Test("is read in pages, keeps the newest when it is full, and can be off", arguments: [(5, 5), (0, 0), (1000, 12)])
    func pages(capacity: Int, kept: Int) async throws {
        var options = TestOrg.small
        options.historyEntries = capacity
        try await TestOrg.with(options) { org in
            for number in 0..<12 {
                #expect(try await org.call("POST", "/sobjects/Account", body: #"{"Name":"n\#(number)"}"#).status == 201)
            }
            var names: [String] = []
            var after: Int? = 0
            while let from = after {
                let answer = try await org.get("/sandbox/history?after=\(from)&limit=2").object
                names += (answer["entries"] as? [[String: Any]] ?? []).compactMap { Entry(json: $0).text("Name").last ?? nil }
                after = answer["next"] as? Int
                #expect(answer["last"] as? Int == (capacity == 0 ? 0 : 12))
            }
            #expect(names == (0..<12).suffix(kept).map { "n\($0)" })
        }
    }

    @Test("refuses what it cannot make sense of, naming it", arguments: ["after=x", "limit=0", "limit=10001", "object=Nothing", "id=1"])
    func refusals(query: String) async throws {
        try await TestOrg.with { org in
            let answer = try await org.get("/sandbox/history?\(query)")
            #expect(answer.status == 400 && answer.list.first?["fields"] as? [String] == [String(query.prefix { $0 != "=" })])
        }
    }
}
