import Foundation
import Testing

@testable import SandboxOrg

@Suite("Search")
struct SearchTests {
    private func search(_ org: TestOrg, _ sosl: String) async throws -> Answer {
        try await org.get("/search?q=\(try #require(sosl.addingPercentEncoding(withAllowedCharacters: .alphanumerics)))")
    }

    private func found(_ answer: Answer) -> [[String: Any]] { answer.object["searchRecords"] as? [[String: Any]] ?? [] }

    @Test("words are found at word bounds, in the fields asked for, with the fields and rows asked for")
    func sosl() async throws {
        try await TestOrg.with { org in
            for (name, phone) in [("Quixote Mills", "555-77"), ("Mills of Quixote", ""), ("Quixotes", ""), ("Plain", "Quixote")] {
                let made = try await org.call("POST", "/sobjects/Account", body: #"{"Name":"\#(name)","Phone":"\#(phone)"}"#)
                #expect(made.status == 201)
            }
            let all = try await search(org, "FIND {quixote} RETURNING Account(Id, Name ORDER BY Name), Contact")
            #expect(found(all).compactMap { $0["Name"] as? String } == ["Mills of Quixote", "Plain", "Quixote Mills"])
            let names = try await search(
                org, "FIND {quixote*} IN NAME FIELDS RETURNING Account(Name WHERE Phone = null ORDER BY Name LIMIT 1 OFFSET 1)")
            #expect(found(names).compactMap { $0["Name"] as? String } == ["Quixotes"])
            let both = try await search(org, "FIND {\"mills of\" AND quixote} RETURNING Account(Name)")
            #expect(found(both).count == 1)
            let any = try await search(org, "FIND {quixote} LIMIT 2")
            #expect(found(any).count == 2 && Set(found(any)[0].keys) == ["attributes", "Id"])
        }
    }

    @Test("parameters do the same, in a GET and in a POST")
    func parameters() async throws {
        try await TestOrg.with { org in
            for name in ["Quixote One", "Quixote Two"] {
                #expect(try await org.call("POST", "/sobjects/Account", body: #"{"Name":"\#(name)"}"#).status == 201)
            }
            let got = try await org.get("/parameterizedSearch?q=quixote&sobject=Account&Account.fields=Name&Account.limit=1&in=NAME")
            #expect(found(got).compactMap { $0["Name"] as? String } == ["Quixote One"])
            let posted = try await org.call(
                "POST", "/parameterizedSearch",
                body: #"{"q":"quixote","sobjects":[{"name":"Account","fields":["Id","Name"]}],"overallLimit":5}"#)
            #expect(found(posted).count == 2)
        }
    }

    @Test(
        "a malformed search is refused",
        arguments: [
            "", "SELECT Id FROM Account", "FIND quixote", "FIND {quixote", "FIND {x}", "FIND {quixote} IN SOME FIELDS",
            "FIND {quixote} RETURNING",
            "FIND {quixote} RETURNING Account(Id", "FIND {quixote} RETURNING Account(Id) LIMIT x", "FIND {quixote} GARBAGE",
        ])
    func malformed(sosl: String) async throws {
        try await TestOrg.with { org in
            let answer = try await search(org, sosl)
            #expect(answer.status == 400 && answer.errorCode == "MALFORMED_SEARCH", "\(answer.text)")
        }
    }
}
