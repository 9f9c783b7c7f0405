import Foundation
import Synchronization
import Testing

@testable import SandboxOrg

/// The messages of one answer.
struct CometReply: Sendable, RandomAccessCollection {
    let answer: Answer

    var startIndex: Int { 0 }
    var endIndex: Int { answer.list.count }

    subscript(index: Int) -> [String: Any] { answer.list[index] }

    /// Of the last message, which answers the request's last one.
    subscript(key: String) -> Any? { answer.list.last?[key] }
}

/// A small Bayeux client, written apart from the org's code.
final class CometSubscriber: Sendable {
    private struct State {
        var clientID = ""
        var nextID = 0
    }

    let org: TestOrg
    private let state = Mutex(State())

    var clientID: String { state.withLock { $0.clientID } }

    init(_ org: TestOrg) { self.org = org }

    /// A client that has shaken hands, connected once, and subscribed.
    static func open(_ org: TestOrg, _ channels: [String: Int]) async throws -> CometSubscriber {
        let subscriber = CometSubscriber(org)
        _ = try await subscriber.handshake()
        _ = try await subscriber.connect()
        for (channel, replay) in channels.sorted(by: { $0.key < $1.key }) {
            let answer = try await subscriber.subscribe(channel, replay: replay)
            #expect(answer["successful"] as? Bool == true, "\(answer.answer.text)")
        }
        return subscriber
    }

    @discardableResult
    func handshake() async throws -> CometReply {
        let reply = try await one([
            "channel": "/meta/handshake", "version": "1.0", "minimumVersion": "1.0", "supportedConnectionTypes": ["long-polling"],
            "ext": ["replay": true],
        ])
        let id = reply["clientId"] as? String ?? ""
        state.withLock { $0.clientID = id }
        return reply
    }

    func subscribe(_ channel: String, replay: Any? = nil) async throws -> CometReply {
        var message: [String: Any] = ["channel": "/meta/subscribe", "clientId": clientID, "subscription": channel]
        if let replay { message["ext"] = ["replay": [channel: replay]] }
        return try await one(message)
    }

    func unsubscribe(_ channel: String) async throws -> CometReply {
        try await one(["channel": "/meta/unsubscribe", "clientId": clientID, "subscription": channel])
    }

    func disconnect() async throws -> CometReply { try await one(["channel": "/meta/disconnect", "clientId": clientID]) }

    /// All messages of one connect, the connect's own answer last.
    func connect(timeout: Int? = nil) async throws -> CometReply {
        var message: [String: Any] = ["channel": "/meta/connect", "clientId": clientID, "connectionType": "long-polling"]
        if let timeout { message["advice"] = ["timeout": timeout] }
        return CometReply(answer: try await send([message]))
    }

    /// Connects until so many events have come, or a connect brings none.
    func events(_ count: Int) async throws -> [[String: Any]] {
        var events: [[String: Any]] = []
        while events.count < count {
            let more = try await connect().filter { !($0["channel"] as? String ?? "").hasPrefix("/meta/") }
            if more.isEmpty { break }
            events += more
        }
        return events
    }

    func one(_ message: [String: Any]) async throws -> CometReply {
        let answer = try await send([message])
        try #require(answer.list.count == 1, "\(answer.status) \(answer.text)")
        return CometReply(answer: answer)
    }

    func send(_ messages: [[String: Any]], token: String? = nil) async throws -> Answer {
        let numbered = messages.map { message -> [String: Any] in
            let number = state.withLock { state in
                state.nextID += 1
                return state.nextID
            }
            return message.merging(["id": "\(number)"]) { $1 }
        }
        let body = String(decoding: try JSONSerialization.data(withJSONObject: numbered), as: UTF8.self)
        return try await TestOrg.request(
            "POST", org.server.url + "/cometd/60.0",
            headers: ["Authorization": "Bearer \(token ?? org.token)", "Content-Type": "application/json"], body: body)
    }
}

/// The parts of an event that tests look at.
struct ReceivedEvent {
    let channel: String
    let replayID: Int
    let header: [String: Any]
    /// Without the header.
    let fields: [String: Any]
    let schema: String

    init(_ message: [String: Any]) throws {
        let data = try #require(message["data"] as? [String: Any])
        let payload = try #require(data["payload"] as? [String: Any])
        channel = message["channel"] as? String ?? ""
        replayID = try #require((data["event"] as? [String: Any])?["replayId"] as? Int)
        header = try #require(payload["ChangeEventHeader"] as? [String: Any])
        fields = payload.filter { $0.key != "ChangeEventHeader" }
        schema = data["schema"] as? String ?? ""
    }

    var kind: String? { header["changeType"] as? String }
    var ids: [String] { header["recordIds"] as? [String] ?? [] }
    var changed: [String] { header["changedFields"] as? [String] ?? [] }
}
