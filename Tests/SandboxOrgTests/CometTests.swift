import Foundation
import Testing

@testable import SandboxOrg

@Suite("CometD")
struct CometTests {
    @Test("a handshake answers what a real org answers, key by key")
    func handshake() async throws {
        try await TestOrg.with { org in
            let subscriber = CometSubscriber(org)
            let answer = try await subscriber.send([
                ["channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": ["long-polling"], "ext": ["replay": true]]
            ])
            #expect(answer.status == 200)
            #expect(answer.headers["content-type"] == "application/json;charset=UTF-8")
            #expect(answer.headers["set-cookie"]?.hasPrefix("BAYEUX_BROWSER=") == true)
            let message = try #require(answer.list.first)
            #expect(
                Set(message.keys) == [
                    "ext", "minimumVersion", "clientId", "supportedConnectionTypes", "channel", "id", "version", "successful",
                ])
            #expect(message["ext"] as? [String: Bool] == ["replay": true, "payload.format": true])
            #expect(message["supportedConnectionTypes"] as? [String] == ["long-polling"])
            #expect(message["successful"] as? Bool == true)
            #expect(message["id"] as? String == "1")
        }
    }

    @Test("a handshake with a token that is no good is denied as recorded from a real org")
    func denied() async throws {
        try await TestOrg.with { org in
            let subscriber = CometSubscriber(org)
            let message = try #require(try await subscriber.send([["channel": "/meta/handshake"]], token: "00Dwrong").list.first)
            let reason = ((message["ext"] as? [String: Any])?["sfdc"] as? [String: Any])?["failureReason"] as? String
            #expect(reason == "401::Authentication invalid")
            #expect(message["error"] as? String == "403::Handshake denied")
            #expect(message["advice"] as? [String: String] == ["reconnect": "none"])
            #expect(message["successful"] as? Bool == false)
            let connect = try #require(try await subscriber.send([["channel": "/meta/connect"]], token: "00Dwrong").list.first)
            #expect(connect["error"] as? String == "401::Authentication invalid")
            #expect((connect["advice"] as? [String: Any])?["reconnect"] as? String == "none")
        }
    }

    @Test("the first connect is answered at once, the next ones are held until there is an event")
    func held() async throws {
        try await TestOrg.with { org in
            let subscriber = CometSubscriber(org)
            try await subscriber.handshake()
            let first = try #require(try await subscriber.connect().first)
            let advice = try #require(first["advice"] as? [String: Any])
            #expect(advice["timeout"] as? Int == 110_000)
            #expect(advice["interval"] as? Int == 0)
            #expect(advice["reconnect"] as? String == "retry")
            _ = try await subscriber.subscribe("/data/AccountChangeEvent")
            async let held = subscriber.connect()
            _ = try await org.call("POST", "/sobjects/Account", body: #"{"Name":"Late"}"#)
            let messages = try await held
            #expect(messages.map { $0["channel"] as? String } == ["/data/AccountChangeEvent", "/meta/connect"])
        }
    }

    @Test("a connect ends without events when its time is over, or the client's own, shorter one")
    func timeout() async throws {
        var options = TestOrg.small
        options.connectTimeout = .milliseconds(30)
        try await TestOrg.with(options) { org in
            let subscriber = try await CometSubscriber.open(org, ["/data/ChangeEvents": -1])
            let messages = try await subscriber.connect()
            #expect(messages.count == 1)
            #expect((messages.first?["advice"] as? [String: Any])?["timeout"] as? Int == 30)
        }
        try await TestOrg.with { org in
            let subscriber = try await CometSubscriber.open(org, ["/data/ChangeEvents": -1])
            #expect(try await subscriber.connect(timeout: 0).count == 1)
        }
    }

    @Test(
        "a subscription that cannot be is refused in Salesforce's words",
        arguments: [
            ("/data/NoSuchChangeEvent", "400::The channel you requested to subscribe to does not exist {/data/NoSuchChangeEvent}"),
            ("/topic/None", "400::The channel you requested to subscribe to does not exist {/topic/None}"),
            ("data/ChangeEvents", "400::Channel subscriptions must start with a leading '/'"),
        ])
    func unknownChannels(channel: String, error: String) async throws {
        try await TestOrg.with { org in
            let subscriber = CometSubscriber(org)
            try await subscriber.handshake()
            let answer = try await subscriber.subscribe(channel)
            #expect(answer["successful"] as? Bool == false)
            #expect(answer["error"] as? String == error)
            #expect(answer["subscription"] as? String == channel)
        }
    }

    @Test(
        "a replay id that was never given, is too old, or is no number is refused", arguments: ["7", "99999999999999999", "\"x\"", "1.5"])
    func badReplay(id: String) async throws {
        try await TestOrg.with { org in
            let subscriber = CometSubscriber(org)
            try await subscriber.handshake()
            let value = try JSONSerialization.jsonObject(with: Data(id.utf8), options: .fragmentsAllowed)
            let answer = try await subscriber.subscribe("/data/ChangeEvents", replay: value)
            let error = answer["error"] as? String ?? ""
            #expect(error.hasPrefix("400::The replayId {"))
            #expect(
                error.hasSuffix(
                    "} you provided was invalid. Please provide a valid ID, -2 to replay all events, or -1 to replay only new events."))
        }
    }

    @Test("a client that is not known is told to shake hands again, for every kind of message")
    func unknownClient() async throws {
        try await TestOrg.with { org in
            let subscriber = CometSubscriber(org)
            for channel in ["/meta/connect", "/meta/subscribe", "/meta/unsubscribe", "/meta/disconnect"] {
                let answer = try await subscriber.one(["channel": channel, "clientId": "nobody", "subscription": "/data/ChangeEvents"])
                #expect(answer["error"] as? String == "403::Unknown client")
                #expect((answer["advice"] as? [String: Any])?["reconnect"] as? String == "handshake")
            }
        }
    }

    @Test("a client that stays away for 40 seconds is forgotten; one whose connect is held is not")
    func idle() async throws {
        let clock = ManualClock()
        var options = TestOrg.small
        options.clock = { clock.now }
        try await TestOrg.with(options) { org in
            let lost = try await CometSubscriber.open(org, ["/data/ChangeEvents": -1])
            let waiting = try await CometSubscriber.open(org, ["/data/ChangeEvents": -1])
            async let held = waiting.connect()
            try await eventually { try await org.get("/sandbox/streaming").object["held_connects"] as? Int == 1 }
            clock.advance(41)
            #expect(try await lost.connect().first?["error"] as? String == "403::Unknown client")
            _ = try await org.call("POST", "/sobjects/Account", body: #"{"Name":"Late"}"#)
            #expect(try await held.count == 2)
        }
    }

    @Test("a second connect of the same client ends the first one, and gets the events")
    func overtaken() async throws {
        try await TestOrg.with { org in
            let subscriber = try await CometSubscriber.open(org, ["/data/ChangeEvents": -1])
            async let first = subscriber.connect()
            try await eventually { try await org.get("/sandbox/streaming").object["held_connects"] as? Int == 1 }
            async let second = subscriber.connect()
            #expect(try await first.map { $0["channel"] as? String } == ["/meta/connect"])
            _ = try await org.call("POST", "/sobjects/Account", body: #"{"Name":"Late"}"#)
            #expect(try await second.count == 2)
        }
    }

    @Test("several messages come in one request, and a connect among them is not held")
    func batch() async throws {
        try await TestOrg.with { org in
            let subscriber = CometSubscriber(org)
            try await subscriber.handshake()
            let id = subscriber.clientID
            let answer = try await subscriber.send([
                ["channel": "/meta/connect", "clientId": id, "connectionType": "long-polling"],
                ["channel": "/meta/subscribe", "clientId": id, "subscription": "/data/ChangeEvents"],
                ["channel": "/meta/subscribe", "clientId": id, "subscription": "/data/ContactChangeEvent"],
                ["channel": "/meta/connect", "clientId": id, "connectionType": "long-polling"],
            ])
            #expect(answer.list.map { $0["successful"] as? Bool } == [true, true, true, true])
            #expect(answer.list.map { $0["id"] as? String } == ["2", "3", "4", "5"])
        }
    }

    @Test("requests that are no Bayeux get a 400 and leave the org running")
    func malformed() async throws {
        try await TestOrg.with { org in
            for (path, body) in [
                ("/cometd", "[]"), ("/cometd/60.0", "[]"), ("/cometd/60.0", "{"), ("/cometd/60.0", "[1]"), ("/cometd/60.0", "[{}]"),
                ("/cometd/22.0", "[]"), ("/cometd/x", "[]"), ("/cometd/60.0", #"[{"channel":1}]"#),
                ("/cometd/999999999999999999999.0", "[]"),
            ] {
                let answer = try await TestOrg.request("POST", org.server.url + path, body: body)
                #expect(answer.status == 400, "\(path) \(body)")
            }
            #expect(try await TestOrg.request("GET", org.server.url + "/cometd/60.0").status == 400)
            #expect(try await org.get("/limits").status == 200)
        }
    }

    @Test("the limits of clients and of a day's events are told as a real org tells them")
    func limits() async throws {
        try await TestOrg.with { org in
            _ = try await org.call("POST", "/sandbox/streaming", body: #"{"maximum_clients":1}"#)
            let subscriber = CometSubscriber(org)
            try await subscriber.handshake()
            let second = try await CometSubscriber(org).handshake()
            let reason = ((second["ext"] as? [String: Any])?["sfdc"] as? [String: Any])?["failureReason"] as? String
            #expect(reason == "403::Organization concurrent user limit exceeded")
            _ = try await org.call("POST", "/sandbox/streaming", body: #"{"daily_events":0}"#)
            let answer = try await subscriber.subscribe("/data/ChangeEvents")
            #expect(answer["error"] as? String == "403::Organization total events daily limit exceeded")
        }
    }
}
