import Foundation
import Testing

@testable import SandboxOrg
@testable import SandboxQuery

@Suite("Push topics")
struct PushTopicTests {
    private func create(_ org: TestOrg, _ object: String, _ body: String) async throws -> Answer {
        try await org.call("POST", "/sobjects/\(object)", body: body)
    }

    private func event(_ message: [String: Any]) throws -> (type: String?, record: [String: Any]) {
        let data = try #require(message["data"] as? [String: Any])
        let event = try #require(data["event"] as? [String: Any])
        #expect(event["replayId"] is Int)
        #expect((event["createdDate"] as? String)?.hasSuffix(".000Z") == true)
        return (event["type"] as? String, try #require(data["sobject"] as? [String: Any]))
    }

    @Test("a topic tells of the records its query selects, with the query's fields")
    func told() async throws {
        try await TestOrg.with { org in
            let made = try await create(
                org, "PushTopic",
                #"{"Name":"Rich","Query":"SELECT Id, Name, AnnualRevenue FROM Account WHERE AnnualRevenue > 1000","ApiVersion":60.0,"NotifyForFields":"Referenced"}"#
            )
            #expect(made.status == 201, "\(made.text)")
            let subscriber = try await CometSubscriber.open(org, ["/topic/Rich": -1])
            _ = try await create(org, "Account", #"{"Name":"Poor","AnnualRevenue":5}"#)
            let id = try #require(
                try await create(org, "Account", #"{"Name":"Rich","AnnualRevenue":5000}"#).object["id"] as? String)
            _ = try await org.call("PATCH", "/sobjects/Account/\(id)", body: #"{"Phone":"not watched"}"#)
            _ = try await org.call("PATCH", "/sobjects/Account/\(id)", body: #"{"Name":"Richer"}"#)
            _ = try await org.call("DELETE", "/sobjects/Account/\(id)")
            _ = try await org.call("POST", "/sandbox/undelete", body: #"{"ids":["\#(id)"]}"#)
            let events = try await subscriber.events(4).map(event)
            #expect(events.map(\.type) == ["created", "updated", "deleted", "undeleted"])
            #expect(events[0].record as NSDictionary == ["Id": id, "Name": "Rich", "AnnualRevenue": 5000.0])
            #expect(events[1].record["Name"] as? String == "Richer")
            #expect(events[2].record as NSDictionary == ["Id": id])
        }
    }

    @Test("operations and fields can be chosen, and a topic that is changed or switched off follows")
    func chosen() async throws {
        try await TestOrg.with { org in
            let topic = try #require(
                try await create(
                    org, "PushTopic",
                    #"{"Name":"Updates","Query":"SELECT Id FROM Account","ApiVersion":60,"NotifyForOperationCreate":false,"NotifyForFields":"All"}"#
                ).object["id"] as? String)
            let subscriber = try await CometSubscriber.open(org, ["/topic/Updates": -1])
            let id = try #require(try await create(org, "Account", #"{"Name":"A"}"#).object["id"] as? String)
            _ = try await org.call("PATCH", "/sobjects/Account/\(id)", body: #"{"Phone":"watched"}"#)
            let first = try await subscriber.events(1).map(event)
            #expect(first.map(\.type) == ["updated"])
            let body = #"{"Query":"SELECT Id, Phone FROM Account WHERE Phone = '2'","NotifyForFields":"Where"}"#
            #expect(try await org.call("PATCH", "/sobjects/PushTopic/\(topic)", body: body).status == 204)
            _ = try await org.call("PATCH", "/sobjects/Account/\(id)", body: #"{"Phone":"1"}"#)
            _ = try await org.call("PATCH", "/sobjects/Account/\(id)", body: #"{"Phone":"2"}"#)
            let second = try await subscriber.events(1).map(event)
            #expect(second.map { $0.record["Phone"] as? String } == ["2"])
            _ = try await org.call("PATCH", "/sobjects/PushTopic/\(topic)", body: #"{"IsActive":false}"#)
            let refused = try await subscriber.subscribe("/topic/Updates")
            #expect(refused["error"] as? String == "400::The channel you requested to subscribe to does not exist {/topic/Updates}")
        }
    }

    @Test(
        "a query that no topic can have is refused",
        arguments: [
            "SELECT Name FROM Account", "SELECT Id FROM Nope", "SELECT Id, Nope FROM Account", "SELECT Id FROM Contact ORDER BY Name",
            "SELECT Id, Account.Name FROM Contact", "SELECT COUNT() FROM Account", "SELECT Id FROM Account LIMIT 5", "DELETE",
            "SELECT Id FROM Contact WHERE Account.Name = 'x'", "SELECT Id FROM PushTopic",
        ])
    func refused(query: String) async throws {
        try await TestOrg.with { org in
            let answer = try await create(org, "PushTopic", #"{"Name":"T","ApiVersion":60,"Query":"\#(query)"}"#)
            #expect(answer.status == 400)
            #expect(answer.errorCode == "INVALID_FIELD")
        }
    }

    @Test("a topic needs a name, a query and a version, and its name is its own")
    func required() async throws {
        try await TestOrg.with { org in
            let empty = try await create(org, "PushTopic", "{}")
            #expect(empty.errorCode == "REQUIRED_FIELD_MISSING")
            let body = #"{"Name":"Twice","ApiVersion":60,"Query":"SELECT Id FROM Account"}"#
            #expect(try await create(org, "PushTopic", body).status == 201)
            #expect(try await create(org, "PushTopic", body).errorCode == "DUPLICATE_VALUE")
        }
    }
}
