import Foundation
import Testing

@testable import SandboxOrg

@Suite("Trees and graphs")
struct TreeAndGraphTests {
    @Test("a tree makes records with their children, and tells each its id")
    func tree() async throws {
        try await TestOrg.with { org in
            let answer = try await org.call(
                "POST", "/composite/tree/Account",
                body: """
                    {"records":[{"attributes":{"type":"Account","referenceId":"a"},"Name":"Tree","Contacts":{"records":[
                      {"attributes":{"type":"Contact","referenceId":"b"},"LastName":"Leaf"},
                      {"attributes":{"type":"Contact","referenceId":"c"},"LastName":"Leaf"}]}},
                     {"attributes":{"type":"Account","referenceId":"d"},"Name":"Tree"}]}
                    """)
            #expect(answer.status == 201 && answer.object["hasErrors"] as? Bool == false, "\(answer.text)")
            let results = try #require(answer.object["results"] as? [[String: String]])
            #expect(results.map { $0["referenceId"] } == ["a", "b", "c", "d"] && results.allSatisfy { $0.keys.count == 2 })
            let children = try await org.query("SELECT Id FROM Contact WHERE AccountId = '\(results[0]["id"] ?? "")'").records
            #expect(Set(children.compactMap { $0["Id"] as? String }) == Set([results[1], results[2]].compactMap { $0["id"] }))
        }
    }

    @Test("one bad record undoes the whole tree, and only it is told of")
    func treeErrors() async throws {
        try await TestOrg.with { org in
            let answer = try await org.call(
                "POST", "/composite/tree/Account",
                body: """
                    {"records":[{"attributes":{"type":"Account","referenceId":"a"},"Name":"Tree","Contacts":{"records":[
                      {"attributes":{"type":"Contact","referenceId":"b"},"LastName":"Leaf","Email":"nonsense"}]}}]}
                    """)
            #expect(answer.status == 400 && answer.object["hasErrors"] as? Bool == true)
            let results = try #require(answer.object["results"] as? [[String: Any]])
            #expect(results.count == 1 && results[0]["referenceId"] as? String == "b")
            let error = try #require((results[0]["errors"] as? [[String: Any]])?.first)
            #expect(error["statusCode"] as? String == "INVALID_EMAIL_ADDRESS" && error["fields"] as? [String] == ["Email"])
            #expect(try await org.query("SELECT COUNT() FROM Account WHERE Name = 'Tree'").object["totalSize"] as? Int == 0)
            #expect(try await org.query("SELECT COUNT() FROM Account").object["totalSize"] as? Int == 300)
        }
    }

    @Test(
        "what is no tree is refused",
        arguments: [
            "{}", #"{"records":[]}"#, #"{"records":[{"Name":"x"}]}"#,
            #"{"records":[{"attributes":{"type":"Contact","referenceId":"a"},"LastName":"x"}]}"#,
            #"{"records":[{"attributes":{"type":"Account","referenceId":"a"},"Name":"x"},{"attributes":{"type":"Account","referenceId":"a"}}]}"#,
        ])
    func badTrees(body: String) async throws {
        try await TestOrg.with { org in
            let answer = try await org.call("POST", "/composite/tree/Account", body: body)
            #expect(answer.status == 400 && answer.errorCode == "INVALID_INPUT", "\(answer.text)")
        }
    }

    @Test("each graph is done as a whole or not at all")
    func graph() async throws {
        try await TestOrg.with { org in
            func graph(_ id: String, _ email: String) -> String {
                """
                {"graphId":"\(id)","compositeRequest":[
                  {"method":"POST","url":"/services/data/v60.0/sobjects/Account","referenceId":"a","body":{"Name":"Graph \(id)"}},
                  {"method":"POST","url":"/services/data/v60.0/sobjects/Contact","referenceId":"b",
                    "body":{"LastName":"G","AccountId":"@{a.id}","Email":"\(email)"}}]}
                """
            }
            let answer = try await org.call(
                "POST", "/composite/graph", body: "{\"graphs\":[\(graph("1", "a@b.example")),\(graph("2", "nonsense"))]}")
            let graphs = try #require(answer.object["graphs"] as? [[String: Any]])
            #expect(graphs.map { $0["isSuccessful"] as? Bool } == [true, false])
            let codes = graphs.map { graph in
                let response = graph["graphResponse"] as? [String: Any]
                return (response?["compositeResponse"] as? [[String: Any]] ?? []).compactMap { $0["httpStatusCode"] as? Int }
            }
            #expect(codes == [[201, 201], [400, 400]])
            let names = try await org.query("SELECT Name FROM Account WHERE Name LIKE 'Graph%'").records.compactMap {
                $0["Name"] as? String
            }
            #expect(names == ["Graph 1"])
            for body in ["{}", #"{"graphs":[{"graphId":"1"}]}"#, #"{"graphs":[{"compositeRequest":[]}]}"#] {
                #expect(try await org.call("POST", "/composite/graph", body: body).status == 400)
            }
        }
    }
}
