import HTTPTypes
import NIOCore
import SandboxBytes
import SandboxData
package import SandboxHTTP
import SandboxLogin
import SandboxQuery
package import SandboxStore
import ServiceLifecycle

/// `/cometd/{version}`: the Bayeux protocol over long polling. Clients append the meta channel's name to the path or not.
package struct CometRoutes: Sendable {
    package let clients: CometClients
    package let sessions: Sessions

    package init(clients: CometClients, sessions: Sessions) {
        self.clients = clients
        self.sessions = sessions
    }

    private static let maximumMessages = 100

    package func respond(_ call: Call) async -> Reply {
        guard let version = Self.version(call) else {
            return refuse(.badRequest, "400::API version in the URI is mandatory. URI format: '/cometd/60.0'")
        }
        guard version >= 23, version <= APIVersions.range.upperBound else {
            return refuse(
                .badRequest, "400::Unsupported API version. Only API versions '23.0' and above are supported. URI format: '/cometd/60.0'")
        }
        guard call.method == .post else { return refuse(.badRequest, "400::Unknown Bayeux transport") }
        let list: [JSON]
        do {
            switch try JSONParser.parse(call.body) {
            case .array(let messages): list = messages
            case let message: list = [message]
            }
        } catch {
            return refuse(.badRequest, "400::\(error.message)")
        }
        let messages = list.compactMap(BayeuxMessage.init)
        guard !messages.isEmpty, messages.count == list.count, messages.count <= Self.maximumMessages else {
            return refuse(.badRequest, "400::Each message needs a channel, and a request at most \(Self.maximumMessages) messages")
        }
        let token = OAuthRoutes.bearer(call)
        let refusal: CometError? =
            token.map { sessions.use($0) ? nil : CometError.badAuthentication } ?? CometError.noAuthentication
        var answers: [Answer] = []
        for message in messages {
            if let refusal {
                answers.append(Answer(message, refusal))
            } else {
                answers.append(await answer(message, isAlone: messages.count == 1))
            }
        }
        return write(answers)
    }

    private func refuse(_ status: HTTPResponse.Status, _ text: String) -> Reply {
        .text(text, type: "text/plain;charset=UTF-8", status: status)
    }

    /// Of `/cometd/60.0`, `/cometd/60.0/connect` and the older `/cometd/replay/36.0`.
    private static func version(_ call: Call) -> Int? {
        let word = call.word(1) == "replay" ? call.word(2) : call.word(1)
        let parts = word.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1] == "0", let version = Int(parts[0]), version > 0 else { return nil }
        return version
    }

    private func answer(_ message: BayeuxMessage, isAlone: Bool) async -> Answer {
        do throws(CometError) {
            switch message.channel {
            case "/meta/handshake": return try handshake(message)
            case "/meta/connect": return try await connect(message, isAlone: isAlone)
            case "/meta/subscribe": return try subscribe(message)
            case "/meta/unsubscribe":
                let client = try client(of: message)
                guard !message.subscriptions.isEmpty else { throw CometError(text: "400::Channel name not specified") }
                for name in message.subscriptions { _ = clients.unsubscribe(client, from: name) }
                return Answer(message, .subscription)
            case "/meta/disconnect":
                clients.close(try client(of: message))
                return Answer(message, .plain)
            default:
                _ = try client(of: message)
                throw CometError(
                    text: message.channel.hasPrefix("/meta/")
                        ? "404::Unknown Meta Channel" : "403:denied_by_security_policy:publish_denied")
            }
        } catch {
            return Answer(message, error)
        }
    }

    private func client(of message: BayeuxMessage) throws(CometError) -> String {
        guard let id = message.clientID, clients.touch(id) else { throw .unknownClient }
        return id
    }

    private func handshake(_ message: BayeuxMessage) throws(CometError) -> Answer {
        guard message.connectionTypes?.contains("long-polling") ?? true else {
            throw CometError(text: "400::Invalid connection type {\(message.connectionTypes?.first ?? "")}", advice: CometError.Advice.none)
        }
        guard let id = clients.open() else { throw .tooManyClients }
        return Answer(message, .handshake(id))
    }

    private func subscribe(_ message: BayeuxMessage) throws(CometError) -> Answer {
        let id = try client(of: message)
        guard !message.subscriptions.isEmpty else { throw CometError(text: "400::Channel name not specified") }
        guard !clients.hasSpentEvents else { throw .tooManyEvents }
        for name in message.subscriptions {
            guard name.hasPrefix("/") else { throw CometError(text: "400::Channel subscriptions must start with a leading '/'") }
            guard let channel = StreamChannel(name, org: clients.org) else { throw .unknownChannel(name) }
            let position = try position(message.replay(name))
            clients.subscribe(id, to: name, CometClients.Subscription(channel: channel, position: position))
        }
        return Answer(message, .subscription)
    }

    private func position(_ replay: JSON?) throws(CometError) -> Int {
        let events = clients.org.events
        guard let replay else { return events.lastID }
        guard case .number(_, let text) = replay, let id = replay.int else {
            throw .badReplay(replay.string ?? "\(replay == .null ? "null" : "")")
        }
        let now = clients.org.clock()
        switch id {
        case -1: return events.lastID
        case -2: return events.beginning(now: now)
        default:
            guard events.canReplay(after: id, now: now) else { throw .badReplay(text) }
            return id
        }
    }

    /// Holds the request until there is something to tell. The first connect of a client and one among other messages are answered at once.
    private func connect(_ message: BayeuxMessage, isAlone: Bool) async throws(CometError) -> Answer {
        guard let id = message.clientID else { throw .unknownClient }
        guard message.connectionType == nil || message.connectionType == "long-polling" else {
            throw CometError(text: "400::Invalid connection type {\(message.connectionType ?? "")}")
        }
        let events = clients.org.events
        let (listener, signals, signal) = events.listen()
        defer { events.stopListening(listener) }
        guard let number = clients.beginConnect(id, listener: listener) else { throw .unknownClient }
        defer { clients.endConnect(id, number: number) }
        let wanted = message.adviceTimeout.map { Duration.milliseconds(max($0, 0)) } ?? clients.connectTimeout
        let deadline = ContinuousClock.now + (number == 1 || !isAlone ? .zero : min(wanted, clients.connectTimeout))
        let timer = Task {
            // What becomes visible later gives no signal, so the log is looked at again while a transaction is open.
            repeat {
                let pause: Duration = clients.org.hasOpenTransactions ? .milliseconds(50) : .milliseconds(500)
                try await Task.sleep(until: min(deadline, .now + pause), clock: .continuous)
                signal.yield()
            } while ContinuousClock.now < deadline
        }
        defer { timer.cancel() }
        return try await withGracefulShutdownHandler {
            await wait(message, id, number, until: deadline, signals)
        } onGracefulShutdown: {
            signal.finish()
        }.get()
    }

    private func wait(
        _ message: BayeuxMessage, _ id: String, _ number: Int, until deadline: ContinuousClock.Instant, _ signals: AsyncStream<Void>
    ) async -> Result<Answer, CometError> {
        var iterator = signals.makeAsyncIterator()
        while true {
            switch clients.take(id, number: number) {
            case .unknown: return .failure(.unknownClient)
            case .overtaken: return .success(Answer(message, .connect([])))
            case .messages(let messages):
                if !messages.isEmpty || ContinuousClock.now >= deadline { return .success(Answer(message, .connect(messages))) }
            }
            // The end of the signals: a later connect took over, the client was forgotten, or the server stops.
            guard await iterator.next() != nil else {
                if case .messages(let messages) = clients.take(id, number: number) { return .success(Answer(message, .connect(messages))) }
                return .success(Answer(message, .connect([])))
            }
        }
    }

    private func write(_ answers: [Answer]) -> Reply {
        var json = JSONWriter(capacity: 4096)
        let writer = EventWriter(schema: clients.org.schema)
        json.array { json in
            for answer in answers {
                if case .connect(let messages) = answer.outcome {
                    for message in messages { writer.write(message.run, channel: message.channel, to: &json) }
                }
                answer.write(&json, timeout: clients.connectTimeout)
            }
        }
        var reply = Reply.json(json)
        if answers.contains(where: \.isHandshake) {
            reply.headers[.setCookie] = "BAYEUX_BROWSER=\(Sessions.random(24)); Path=/; HttpOnly"
        }
        return reply
    }
}
