import Foundation
import Testing

@testable import SandboxOrg

@Suite("Composite requests")
struct CompositeTests {
    private func composite(_ org: TestOrg, _ requests: String, allOrNone: Bool = false) async throws -> [[String: Any]] {
        let answer = try await org.call(
            "POST", "/composite", body: "{\"allOrNone\":\(allOrNone),\"compositeRequest\":[\(requests)]}")
        #expect(answer.status == 200, "\(answer.text)")
        return try #require(answer.object["compositeResponse"] as? [[String: Any]])
    }

    @Test("answers have the recorded keys, in the order of the requests, errors too")
    func shape() async throws {
        try await TestOrg.with { org in
            // composite_with_error_INVALID_TYPE.json and composite_404_NOT_FOUND.json, with their unescaped urls.
            let answers = try await composite(
                org,
                #"{"referenceId":"refAccount","method":"GET","url":"/services/data/v60.0/query/?q=select count() from Account"},"#
                    + #"{"referenceId":"refXYZZY","method":"GET","url":"/services/data/v60.0/query/?q=select count() from XYZZY"},"#
                    + #"{"referenceId":"ref0","method":"GET","url":"/services/data/v60.0/sobjects/Foo"}"#)
            #expect(answers.allSatisfy { Set($0.keys) == ["body", "httpHeaders", "httpStatusCode", "referenceId"] })
            #expect(answers.map { $0["httpStatusCode"] as? Int } == [200, 400, 404])
            #expect(answers.map { $0["referenceId"] as? String } == ["refAccount", "refXYZZY", "ref0"])
            #expect((answers[0]["body"] as? [String: Any])?["totalSize"] as? Int == 300)
            let error = try #require((answers[1]["body"] as? [[String: Any]])?.first)
            #expect(error["errorCode"] as? String == "INVALID_TYPE")
            #expect(
                error["message"] as? String
                    == "\nselect count() from XYZZY\n                    ^\nERROR at Row:1:Column:21\nsObject type 'XYZZY' is not supported. "
                    + "If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your "
                    + "WSDL or the describe call for the appropriate names.")
            #expect((answers[2]["body"] as? [[String: Any]])?.first?["errorCode"] as? String == "NOT_FOUND")
            #expect(answers[2]["httpHeaders"] as? [String: String] == [:])
        }
    }

    @Test("later requests use what earlier ones answered, in urls and bodies")
    func references() async throws {
        try await TestOrg.with { org in
            let answers = try await composite(
                org,
                #"{"referenceId":"a","method":"POST","url":"/services/data/v60.0/sobjects/Account","body":{"Name":"Parent"}},"#
                    + #"{"referenceId":"c","method":"POST","url":"/services/data/v60.0/sobjects/Contact","body":{"LastName":"Child","AccountId":"@{a.id}"}},"#
                    + #"{"referenceId":"q","method":"GET","url":"/services/data/v60.0/query?q=SELECT+Account.Name+FROM+Contact+WHERE+Id='@{c.id}'"},"#
                    + #"{"referenceId":"p","method":"PATCH","url":"/services/data/v60.0/sobjects/Account/@{a.id}","body":{"Site":"@{q.records[0].Account.Name}"}},"#
                    + #"{"referenceId":"x","method":"GET","url":"/services/data/v60.0/sobjects/Account/@{nobody.id}"}"#)
            #expect(answers.map { $0["httpStatusCode"] as? Int } == [201, 201, 200, 204, 400])
            #expect(answers[3]["body"] is NSNull)
            let id = try #require((answers[0]["body"] as? [String: Any])?["id"] as? String)
            #expect((answers[0]["httpHeaders"] as? [String: String])?["Location"] == "/services/data/v60.0/sobjects/Account/\(id)")
            #expect(try await org.get("/sobjects/Account/\(id)").object["Site"] as? String == "Parent")
            #expect((answers[4]["body"] as? [[String: Any]])?.first?["errorCode"] as? String == "PROCESSING_HALTED")
        }
    }

    @Test("all or none leaves nothing behind when one fails, and counts as one call")
    func allOrNone() async throws {
        try await TestOrg.with { org in
            let id = try #require(try await org.query("SELECT Id FROM Account LIMIT 1").records.first?["Id"] as? String)
            let before = try await org.get("/sobjects/Account/\(id)").text
            let requests =
                #"{"referenceId":"n","method":"POST","url":"/services/data/v60.0/sobjects/Account","body":{"Name":"New","External_Id__c":"N-1"}},"#
                + #"{"referenceId":"u","method":"PATCH","url":"/services/data/v60.0/sobjects/Account/\#(id)","body":{"Phone":"1"}},"#
                + #"{"referenceId":"d","method":"DELETE","url":"/services/data/v60.0/sobjects/Account/\#(id)"},"#
                + #"{"referenceId":"f","method":"POST","url":"/services/data/v60.0/sobjects/Contact","body":{}},"#
                + #"{"referenceId":"l","method":"GET","url":"/services/data/v60.0/sobjects"}"#
            let calls = try await org.get("/sandbox/stats").object["api_calls"] as? Int ?? 0
            let answers = try await composite(org, requests, allOrNone: true)
            #expect(try await org.get("/sandbox/stats").object["api_calls"] as? Int == calls + 1)
            #expect(answers.map { $0["httpStatusCode"] as? Int } == [400, 400, 400, 400, 400])
            let codes = answers.map { ($0["body"] as? [[String: Any]])?.first?["errorCode"] as? String }
            #expect(
                codes == ["PROCESSING_HALTED", "PROCESSING_HALTED", "PROCESSING_HALTED", "REQUIRED_FIELD_MISSING", "PROCESSING_HALTED"])
            #expect(try await org.get("/sobjects/Account/\(id)").text == before)
            #expect(try await org.query("SELECT COUNT() FROM Account", all: true).object["totalSize"] as? Int == 300)
            #expect(try await org.get("/sobjects/Account/External_Id__c/N-1").status == 404)
            // The same value is free again.
            #expect(try await org.call("POST", "/sobjects/Account", body: #"{"Name":"New","External_Id__c":"N-1"}"#).status == 201)
            #expect(try await composite(org, requests)[1]["httpStatusCode"] as? Int == 204)
        }
    }

    @Test("a batch takes urls in both spellings, and halts when it is told to")
    func batch() async throws {
        try await TestOrg.with { org in
            let requests =
                #"{"method":"GET","url":"v60.0/sobjects/Account/describe"},{"method":"GET","url":"/services/data/v60.0/limits"},"#
                + #"{"method":"GET","url":"v60.0/sobjects/Foo"},{"method":"POST","url":"v60.0/sobjects/Account","richInput":{"Name":"B"}}"#
            let answer = try await org.call("POST", "/composite/batch", body: "{\"batchRequests\":[\(requests)]}").object
            let results = try #require(answer["results"] as? [[String: Any]])
            #expect(answer["hasErrors"] as? Bool == true)
            #expect(results.map { $0["statusCode"] as? Int } == [200, 200, 404, 201])
            #expect((results[0]["result"] as? [String: Any])?["name"] as? String == "Account")
            let halted = try await org.call("POST", "/composite/batch", body: "{\"haltOnError\":true,\"batchRequests\":[\(requests)]}")
            let last = try #require((halted.object["results"] as? [[String: Any]])?.last)
            #expect(last["statusCode"] as? Int == 412)
            #expect((last["result"] as? [[String: Any]])?.first?["errorCode"] as? String == "BATCH_PROCESSING_HALTED")
        }
    }

    @Test(
        "too many requests, doubled references and nesting are refused",
        arguments: [
            "{}", #"{"compositeRequest":[]}"#, #"{"compositeRequest":[5]}"#, #"{"compositeRequest":[{"method":"GET"}]}"#,
            "{\"compositeRequest\":["
                + (0..<26).map { "{\"method\":\"GET\",\"url\":\"/services/data/v60.0/limits\",\"referenceId\":\"r\($0)\"}" }
                .joined(separator: ",") + "]}",
            "{\"compositeRequest\":["
                + (0..<6).map { "{\"method\":\"GET\",\"url\":\"/services/data/v60.0/query?q=x\",\"referenceId\":\"r\($0)\"}" }
                .joined(separator: ",") + "]}",
            "{\"compositeRequest\":["
                + (0..<2).map { _ in "{\"method\":\"GET\",\"url\":\"/services/data/v60.0/limits\",\"referenceId\":\"r\"}" }
                .joined(separator: ",") + "]}",
        ])
    func refusals(body: String) async throws {
        try await TestOrg.with { org in
            let answer = try await org.call("POST", "/composite", body: body)
            #expect(answer.status == 400)
            let nested = try await composite(
                org, #"{"referenceId":"n","method":"POST","url":"/services/data/v60.0/composite","body":{"compositeRequest":[]}}"#)
            #expect(nested[0]["httpStatusCode"] as? Int == 400)
        }
    }
}
