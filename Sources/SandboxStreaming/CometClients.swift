import Foundation
import SandboxData
package import SandboxStore
import Synchronization

/// The CometD clients that have shaken hands, their subscriptions, and how far each of them has read.
///
/// Nothing is queued for a client: a subscription is a place in the ``EventLog``, so that slow and lost clients cost nothing.
package final class CometClients: Sendable {
    struct Subscription: Sendable {
        let channel: StreamChannel
        /// The replay id up to which events have been delivered.
        var position: Int
    }

    private struct Client {
        var subscriptions: [String: Subscription] = [:]
        /// The time after which it is forgotten; none while a connect is held.
        var expires: Int64?
        /// Counts connects: only the last one delivers.
        var connects = 0
        var listener: Int?
    }

    private struct State {
        var clients: [String: Client] = [:]
        var settings = StreamingSettings()
        var delivered = 0
    }

    /// Events taken from the log at a time.
    private static let batch = 500

    package let org: Org
    package let connectTimeout: Duration
    private let idleSeconds: Int64
    private let state = Mutex(State())

    package init(org: Org, idleSeconds: Int, connectTimeout: Duration) {
        self.org = org
        self.idleSeconds = Int64(idleSeconds)
        self.connectTimeout = connectTimeout
    }

    package var settings: StreamingSettings {
        get { state.withLock { $0.settings } }
        set { state.withLock { $0.settings = newValue } }
    }

    /// How many clients there are, how many of them have a connect that is held, and how many events were sent since the start.
    package var counts: (clients: Int, held: Int, delivered: Int) {
        state.withLock { state in
            expire(&state)
            return (state.clients.count, state.clients.values.count { $0.listener != nil }, state.delivered)
        }
    }

    private func expire(_ state: inout State) {
        let now = org.clock()
        for (id, client) in state.clients {
            if let expires = client.expires, expires < now { state.clients[id] = nil }
        }
    }

    /// A new client's id; nil when there are too many already.
    package func open() -> String? {
        let id = Sessions.random(27)
        return state.withLock { state in
            expire(&state)
            guard state.clients.count < state.settings.maximumClients else { return nil }
            state.clients[id] = Client(expires: org.clock() + idleSeconds)
            return id
        }
    }

    /// Whether the client is known; it is not forgotten for another while then.
    package func touch(_ id: String) -> Bool {
        state.withLock { state in
            expire(&state)
            guard let client = state.clients[id] else { return false }
            if client.expires != nil { state.clients[id]?.expires = org.clock() + idleSeconds }
            return true
        }
    }

    package func close(_ id: String) {
        let listener = state.withLock { $0.clients.removeValue(forKey: id)?.listener }
        if let listener { org.events.stopListening(listener) }
    }

    /// Forgets every client, as a restarted server does.
    package func closeAll() {
        let listeners = state.withLock { state in
            defer { state.clients = [:] }
            return state.clients.values.compactMap(\.listener)
        }
        for listener in listeners { org.events.stopListening(listener) }
    }

    func subscribe(_ id: String, to name: String, _ subscription: Subscription) {
        state.withLock { $0.clients[id]?.subscriptions[name] = subscription }
    }

    func unsubscribe(_ id: String, from name: String) -> Bool {
        state.withLock { $0.clients[id]?.subscriptions.removeValue(forKey: name) != nil }
    }

    /// Whether the limit of a day's events is reached.
    var hasSpentEvents: Bool { state.withLock { state in state.settings.dailyEvents.map { state.delivered >= $0 } ?? false } }

    /// The number of this connect, or nil for an unknown client. One that is held is answered now: only the last one waits.
    func beginConnect(_ id: String, listener: Int) -> Int? {
        let (number, former) = state.withLock { state -> (Int?, Int?) in
            expire(&state)
            guard var client = state.clients[id] else { return (nil, nil) }
            let former = client.listener
            client.connects += 1
            client.listener = listener
            client.expires = nil
            state.clients[id] = client
            return (client.connects, former)
        }
        if let former { org.events.stopListening(former) }
        return number
    }

    func endConnect(_ id: String, number: Int) {
        state.withLock { state in
            guard state.clients[id]?.connects == number else { return }
            state.clients[id]?.expires = org.clock() + idleSeconds
            state.clients[id]?.listener = nil
        }
    }

    /// What a connect finds.
    package enum Delivery {
        /// Messages in the order of their events; none when there is nothing new.
        case messages([Message])
        /// A later connect took over, so that this one has nothing to deliver.
        case overtaken
        /// The client is not known, or events it has not had are kept no longer.
        case unknown
    }

    /// Events for one channel that become one message.
    package struct Message {
        package let channel: String
        package var run: [StreamEvent]
    }

    /// Takes what is new for the client since the last time.
    package func take(_ id: String, number: Int) -> Delivery {
        // Transactions whose time has come become visible now.
        org.read { _ in }
        return state.withLock { state in
            guard let client = state.clients[id] else { return .unknown }
            guard client.connects == number else { return .overtaken }
            guard let start = client.subscriptions.values.map(\.position).min() else { return .messages([]) }
            guard let events = org.events.events(after: start, limit: Self.batch) else {
                state.clients[id] = nil
                return .unknown
            }
            guard let end = events.last?.replayID else { return .messages([]) }
            let subscriptions = client.subscriptions.sorted { $0.key < $1.key }
            var messages: [Message] = []
            for event in events {
                for (name, subscription) in subscriptions
                where event.replayID > subscription.position && subscription.channel.carries(event, settings: state.settings) {
                    add(event, to: name, &messages, merging: state.settings.mergesEqualChanges)
                }
            }
            for (name, subscription) in subscriptions {
                state.clients[id]?.subscriptions[name]?.position = max(subscription.position, end)
            }
            state.delivered += messages.count
            return .messages(messages)
        }
    }

    private func add(_ event: StreamEvent, to channel: String, _ messages: inout [Message], merging: Bool) {
        if merging, let index = messages.lastIndex(where: { $0.channel == channel }), let last = messages[index].run.last,
            EventWriter.saysTheSame(last, event)
        {
            messages[index].run.append(event)
        } else {
            messages.append(Message(channel: channel, run: [event]))
        }
    }
}
