import Foundation
import Testing

@testable import SandboxBytes
@testable import SandboxHTTP
@testable import SandboxOrg

@Suite("Change events")
struct ChangeEventTests {
    private func create(_ org: TestOrg, _ object: String, _ body: String, headers: [String: String] = [:]) async throws -> String {
        let answer = try await org.call("POST", "/sobjects/\(object)", headers: headers, body: body)
        return try #require(answer.object["id"] as? String, "\(answer.text)")
    }

    private func received(_ subscriber: CometSubscriber, _ count: Int) async throws -> [ReceivedEvent] {
        let messages = try await subscriber.events(count)
        return try messages.map(ReceivedEvent.init)
    }

    @Test("a new record's event has the shape recorded from a real org")
    func created() async throws {
        try await TestOrg.with { org in
            let subscriber = try await CometSubscriber.open(org, ["/data/Project__ChangeEvent": -1])
            let id = try await create(
                org, "Project__c", #"{"Name":"Mohanc","Billable__c":true,"Budget__c":12.5,"Start__c":"2026-01-31"}"#,
                headers: ["Sforce-Call-Options": "client=sluice, defaultNamespace=x"])
            let event = try #require(try await received(subscriber, 1).first)
            #expect(event.channel == "/data/Project__ChangeEvent")
            #expect(event.schema.count == 22)
            #expect(
                Set(event.header.keys) == [
                    "commitNumber", "commitUser", "sequenceNumber", "entityName", "changeType", "changedFields", "changeOrigin",
                    "transactionKey", "commitTimestamp", "recordIds",
                ])
            #expect(event.header["entityName"] as? String == "Project__c")
            #expect(event.kind == "CREATE")
            #expect(event.ids == [id])
            #expect(event.changed.isEmpty)
            #expect(event.header["changeOrigin"] as? String == "com/salesforce/api/rest/60.0;client=sluice")
            #expect((event.header["transactionKey"] as? String)?.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12])
            #expect(event.header["sequenceNumber"] as? Int == 1)
            #expect(event.fields["Name"] as? String == "Mohanc")
            #expect(event.fields["Billable__c"] as? Bool == true)
            #expect(event.fields["Budget__c"] as? Double == 12.5)
            #expect(event.fields["Start__c"] as? String == "2026-01-31")
            let created = try #require(event.fields["CreatedDate"] as? String)
            #expect(created.hasSuffix(".000Z") && created == event.fields["LastModifiedDate"] as? String)
            for absent in ["Id", "IsDeleted", "SystemModstamp", "Estimated_Cost__c", "Notes__c"] {
                #expect(event.fields[absent] == nil, "\(absent)")
            }
        }
    }

    @Test("an update's event has only what changed, with null for what was cleared, and parts of compound fields nested")
    func updated() async throws {
        try await TestOrg.with { org in
            let id = try await create(
                org, "Contact", #"{"LastName":"Adams","FirstName":"Ann","MailingCity":"Ulm","MailingStreet":"A 1","Phone":"1"}"#)
            let subscriber = try await CometSubscriber.open(org, ["/data/ContactChangeEvent": -1])
            let body = #"{"FirstName":"Bea","LastName":"Adams","MailingCity":"Bonn","Phone":null}"#
            #expect(try await org.call("PATCH", "/sobjects/Contact/\(id)", body: body).status == 204)
            let event = try #require(try await received(subscriber, 1).first)
            #expect(event.kind == "UPDATE")
            #expect(Set(event.changed) == ["Name.FirstName", "MailingAddress.City", "Phone", "LastModifiedDate"])
            #expect(event.fields["Name"] as? [String: String] == ["FirstName": "Bea"])
            #expect(event.fields["MailingAddress"] as? [String: String] == ["City": "Bonn"])
            #expect(event.fields["Phone"] is NSNull)
            #expect(Set(event.fields.keys) == ["Name", "MailingAddress", "Phone", "LastModifiedDate"])
        }
    }

    @Test("a generated record's update is compared with its generated values, and names the new last modifier")
    func generated() async throws {
        try await TestOrg.with { org in
            let row = try #require(try await org.query("SELECT Id, Name, Phone, LastModifiedById FROM Account LIMIT 1").records.first)
            let id = try #require(row["Id"] as? String)
            let name = try #require(row["Name"] as? String)
            let subscriber = try await CometSubscriber.open(org, ["/data/AccountChangeEvent": -1])
            let body = String(decoding: try JSONSerialization.data(withJSONObject: ["Name": name, "Phone": "555"]), as: UTF8.self)
            _ = try await org.call("PATCH", "/sobjects/Account/\(id)", body: body)
            let event = try #require(try await received(subscriber, 1).first)
            #expect(event.fields["Phone"] as? String == "555")
            #expect(event.fields["Name"] == nil)
            let changed = Set(event.changed).subtracting(["LastModifiedById"])
            #expect(changed == ["Phone", "LastModifiedDate"])
        }
    }

    @Test("deletes are headers only, and an undeleted record comes whole")
    func deleted() async throws {
        try await TestOrg.with { org in
            let subscriber = try await CometSubscriber.open(org, ["/data/ChangeEvents": -1])
            let id = try await create(org, "Account", #"{"Name":"Gone"}"#)
            _ = try await org.call("DELETE", "/sobjects/Account/\(id)")
            _ = try await org.call("POST", "/sandbox/undelete", body: #"{"ids":["\#(id)"]}"#)
            _ = try await org.call("POST", "/sandbox/hard-delete", body: #"{"ids":["\#(id)"]}"#)
            let events = try await received(subscriber, 4)
            #expect(events.map(\.kind) == ["CREATE", "DELETE", "UNDELETE", "DELETE"])
            #expect(events[1].fields.isEmpty)
            #expect(events[2].fields["Name"] as? String == "Gone")
            #expect(events.allSatisfy { $0.ids == [id] && $0.channel == "/data/ChangeEvents" })
        }
    }

    @Test("every way to write is heard: collections, composite, bulk, other users; and what is rolled back is not")
    func everyWay() async throws {
        try await TestOrg.with { org in
            let subscriber = try await CometSubscriber.open(org, ["/data/AccountChangeEvent": -1])
            _ = try await org.call(
                "POST", "/composite/sobjects",
                body: #"{"allOrNone":true,"records":[{"attributes":{"type":"Account"},"Name":"no"},{"attributes":{"type":"Account"}}]}"#)
            _ = try await org.call(
                "POST", "/composite/sobjects",
                body: #"{"records":[{"attributes":{"type":"Account"},"Name":"c1"},{"attributes":{"type":"Account"},"Name":"c2"}]}"#)
            func composite(_ second: String) -> String {
                #"{"allOrNone":true,"compositeRequest":[{"method":"POST","url":"/services/data/v60.0/sobjects/Account","referenceId":"a","#
                    + #""body":{"Name":"k1"}},{"method":"POST","url":"/services/data/v60.0/sobjects/Account","referenceId":"b","body":\#(second)}]}"#
            }
            _ = try await org.call("POST", "/composite", body: composite("{}"))
            _ = try await org.call("POST", "/composite", body: composite(#"{"Name":"k2"}"#))
            let job = try await org.call("POST", "/jobs/ingest", body: #"{"object":"Account","operation":"insert","contentType":"CSV"}"#)
            let id = try #require(job.object["id"] as? String)
            _ = try await org.call("PUT", "/jobs/ingest/\(id)/batches", headers: ["Content-Type": "text/csv"], body: "Name\nb1\nb2\n")
            _ = try await org.call("PATCH", "/jobs/ingest/\(id)", body: #"{"state":"UploadComplete"}"#)
            try await eventually { try await org.get("/jobs/ingest/\(id)").object["state"] as? String == "JobComplete" }
            _ = try await org.call("POST", "/sandbox/mutate", body: #"{"object":"Account","insert":{"count":1,"fields":{"Name":"m"}}}"#)
            let events = try await received(subscriber, 7)
            #expect(events.map { $0.fields["Name"] as? String } == ["c1", "c2", "k1", "k2", "b1", "b2", "m"])
            let keys = events.compactMap { $0.header["transactionKey"] as? String }
            #expect(keys[0] == keys[1] && keys[2] == keys[3] && keys[4] == keys[5] && Set(keys).count == 4)
            #expect(events.map { $0.header["sequenceNumber"] as? Int } == [1, 2, 1, 2, 1, 2, 1])
            #expect(events[4].header["changeOrigin"] as? String == "com/salesforce/api/bulkapi/60.0")
            #expect(events[6].header["changeOrigin"] as? String == "")
            let ids = events.map(\.replayID)
            #expect(ids == ids.sorted() && Set(ids).count == 7)
        }
    }

    @Test("equal changes of one transaction are one event with several ids, unless that is turned off")
    func merged() async throws {
        try await TestOrg.with { org in
            var ids: [String] = []
            for name in ["a", "b", "c"] { ids.append(try await create(org, "Account", #"{"Name":"\#(name)"}"#)) }
            let subscriber = try await CometSubscriber.open(org, ["/data/AccountChangeEvent": -1])
            let records = ids.map { #"{"attributes":{"type":"Account"},"id":"\#($0)","Phone":"7"}"# }.joined(separator: ",")
            _ = try await org.call("PATCH", "/composite/sobjects", body: #"{"records":[\#(records)]}"#)
            let event = try #require(try await received(subscriber, 1).first)
            #expect(event.ids == ids)
            #expect(event.fields["Phone"] as? String == "7")
            _ = try await org.call("POST", "/sandbox/streaming", body: #"{"merge_equal_changes":false}"#)
            _ = try await org.call("DELETE", "/composite/sobjects?ids=\(ids.joined(separator: ","))")
            #expect(try await received(subscriber, 3).map(\.ids) == ids.map { [$0] })
        }
    }

    @Test("two subscribers hear the same; one that comes back with its last replay id misses nothing")
    func replay() async throws {
        try await TestOrg.with { org in
            let stays = try await CometSubscriber.open(org, ["/data/AccountChangeEvent": -1])
            let leaves = try await CometSubscriber.open(org, ["/data/AccountChangeEvent": -1])
            for name in ["1", "2"] { _ = try await create(org, "Account", #"{"Name":"\#(name)"}"#) }
            let heard = try await received(leaves, 2)
            #expect(try await leaves.disconnect()["successful"] as? Bool == true)
            #expect(try await leaves.connect().first?["error"] as? String == "403::Unknown client")
            for name in ["3", "4"] { _ = try await create(org, "Account", #"{"Name":"\#(name)"}"#) }
            let back = try await CometSubscriber.open(org, ["/data/AccountChangeEvent": try #require(heard.last).replayID])
            #expect(try await received(back, 2).map { $0.fields["Name"] as? String } == ["3", "4"])
            #expect(try await received(stays, 4).map { $0.fields["Name"] as? String } == ["1", "2", "3", "4"])
            let everything = try await CometSubscriber.open(org, ["/data/AccountChangeEvent": -2])
            #expect(try await received(everything, 4).count == 4)
        }
    }

    @Test("unsubscribing ends one channel and leaves the other")
    func unsubscribed() async throws {
        try await TestOrg.with { org in
            let subscriber = try await CometSubscriber.open(org, ["/data/AccountChangeEvent": -1, "/data/ContactChangeEvent": -1])
            #expect(try await subscriber.unsubscribe("/data/AccountChangeEvent")["successful"] as? Bool == true)
            _ = try await create(org, "Account", #"{"Name":"x"}"#)
            _ = try await create(org, "Contact", #"{"LastName":"y"}"#)
            #expect(try await received(subscriber, 1).map(\.channel) == ["/data/ContactChangeEvent"])
        }
    }

    @Test("a transaction is heard of when it becomes visible, not when it begins")
    func late() async throws {
        let clock = ManualClock()
        var options = TestOrg.small
        options.clock = { clock.now }
        try await TestOrg.with(options) { org in
            let subscriber = try await CometSubscriber.open(org, ["/data/AccountChangeEvent": -1])
            let began = clock.now
            _ = try await org.call(
                "POST", "/sandbox/late-commit", body: #"{"object":"Account","seconds":20,"records":[{"Name":"late"}]}"#)
            _ = try await create(org, "Account", #"{"Name":"quick"}"#)
            #expect(try await received(subscriber, 1).map { $0.fields["Name"] as? String } == ["quick"])
            async let held = subscriber.connect()
            try await eventually { try await org.get("/sandbox/streaming").object["held_connects"] as? Int == 1 }
            clock.advance(20)
            let event = try ReceivedEvent(try #require(try await held.first))
            #expect(event.fields["Name"] as? String == "late")
            #expect(event.header["commitTimestamp"] as? Int == Int(began + 20) * 1000)
            #expect(event.fields["CreatedDate"] as? String == CivilTime.restText(began).replacing("+0000", with: "Z"))
            #expect(event.header["changeOrigin"] as? String == "")
        }
    }

    @Test("events are kept for 72 hours and no more of them than allowed; who was away for longer is told so")
    func retention() async throws {
        let clock = ManualClock()
        var options = TestOrg.small
        options.clock = { clock.now }
        options.retainedEvents = 3
        options.sessionSeconds = 1_000_000
        options.clientIdleSeconds = 1_000_000
        try await TestOrg.with(options) { org in
            let slow = try await CometSubscriber.open(org, ["/data/AccountChangeEvent": -1])
            _ = try await create(org, "Account", #"{"Name":"0"}"#)
            let first = try #require(try await received(slow, 1).first).replayID
            for name in 1...5 { _ = try await create(org, "Account", #"{"Name":"\#(name)"}"#) }
            #expect(try await org.get("/sandbox/streaming").object["events"] as? Int == 3)
            #expect(try await slow.connect().first?["error"] as? String == "403::Unknown client")
            try await slow.handshake()
            let refused = try await slow.subscribe("/data/AccountChangeEvent", replay: first)
            #expect((refused["error"] as? String)?.hasPrefix("400::The replayId {\(first)}") == true)
            let again = try await CometSubscriber.open(org, ["/data/AccountChangeEvent": -2])
            #expect(try await received(again, 3).map { $0.fields["Name"] as? String } == ["3", "4", "5"])
            clock.advance(72 * 3600 + 1)
            let nothing = try await CometSubscriber.open(org, ["/data/AccountChangeEvent": -2])
            #expect(try await nothing.connect(timeout: 0).count == 1)
        }
    }

    @Test("an event's schema can be asked for by its id, and names every field of the event")
    func schema() async throws {
        try await TestOrg.with { org in
            let subscriber = try await CometSubscriber.open(org, ["/data/ContactChangeEvent": -1])
            _ = try await create(org, "Contact", #"{"LastName":"x","FirstName":"y","MailingCity":"Ulm","Email":"a@b.example"}"#)
            let event = try #require(try await received(subscriber, 1).first)
            let schema = try await org.get("/event/eventSchema/\(event.schema)").object
            #expect(schema["name"] as? String == "ContactChangeEvent")
            #expect(schema["uuid"] as? String == event.schema)
            let names = (schema["fields"] as? [[String: Any]] ?? []).compactMap { $0["name"] as? String }
            #expect(names.first == "ChangeEventHeader")
            #expect(Set(event.fields.keys).isSubset(of: names))
            #expect(try await org.get("/sobjects/ContactChangeEvent/eventSchema").object["uuid"] as? String == event.schema)
            #expect(try await org.get("/event/eventSchema/none").status == 404)
        }
    }

    @Test("gap events come on demand, and objects can be left out of change data capture")
    func gaps() async throws {
        try await TestOrg.with { org in
            let id = try await create(org, "Account", #"{"Name":"x"}"#)
            let subscriber = try await CometSubscriber.open(org, ["/data/ChangeEvents": -1])
            #expect(
                try await org.call(
                    "POST", "/sandbox/gap-event", body: #"{"object":"Account","change_type":"GAP_UPDATE","ids":["\#(id)"]}"#
                ).status == 204)
            #expect(
                try await org.call("POST", "/sandbox/gap-event", body: #"{"object":"Contact","change_type":"GAP_OVERFLOW"}"#).status == 204)
            let events = try await received(subscriber, 2)
            #expect(events.map(\.kind) == ["GAP_UPDATE", "GAP_OVERFLOW"])
            #expect(events.map(\.ids) == [[id], ["000000000000000AAA"]])
            #expect(events.allSatisfy { $0.fields.isEmpty })
            #expect(try await org.call("POST", "/sandbox/streaming", body: #"{"objects":["Contact"]}"#).status == 200)
            _ = try await create(org, "Account", #"{"Name":"unheard"}"#)
            _ = try await create(org, "Contact", #"{"LastName":"heard"}"#)
            #expect(try await received(subscriber, 1).map { $0.header["entityName"] as? String } == ["Contact"])
            for body in [
                #"{"object":"Nope","change_type":"GAP_UPDATE"}"#, #"{"object":"Account","change_type":"GAP"}"#,
                #"{"object":"Account","change_type":"GAP_UPDATE","ids":["x"]}"#, #"{"object":"Account","change_type":"GAP_UPDATE"}"#,
            ] {
                #expect(try await org.call("POST", "/sandbox/gap-event", body: body).status == 400)
            }
            for body in [#"{"objects":["Nope"]}"#, #"{"objects":1}"#, #"{"maximum_clients":-1}"#, #"{"retained_events":0}"#] {
                #expect(try await org.call("POST", "/sandbox/streaming", body: body).status == 400)
            }
        }
    }

    @Test("what was told before the events were purged, or the clients forgotten, is known to be too old")
    func purged() async throws {
        try await TestOrg.with { org in
            let subscriber = try await CometSubscriber.open(org, ["/data/AccountChangeEvent": -1])
            _ = try await create(org, "Account", #"{"Name":"x"}"#)
            let event = try #require(try await received(subscriber, 1).first)
            _ = try await org.call("POST", "/sandbox/purge-events")
            _ = try await org.call("POST", "/sandbox/expire-clients")
            #expect(try await subscriber.connect().first?["error"] as? String == "403::Unknown client")
            try await subscriber.handshake()
            let answer = try await subscriber.subscribe("/data/AccountChangeEvent", replay: event.replayID)
            #expect((answer["error"] as? String)?.hasPrefix("400::The replayId") == true)
        }
    }
}
