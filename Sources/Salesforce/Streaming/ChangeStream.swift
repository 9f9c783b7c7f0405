internal import FoundationEssentials
internal import HTTPTransport
internal import HTTPTypes

/// One client of an org's streaming: it has shaken hands, and waits for events of the channels that it subscribes to.
public struct ChangeStream: Sendable {
    /// Where a subscription begins.
    public enum Start: Sendable, Hashable {
        /// With what happens from now on.
        case now
        /// Behind this event.
        case after(Int64)
    }

    private let client: SalesforceClient
    private let clientID: String
    /// Salesforce's front door sends a client to the server that knows it by its cookies.
    private let cookies: String?

    init(client: SalesforceClient) async throws {
        self.client = client
        let (messages, cookies) = try await Self.exchange(
            [
                [
                    "channel": .string("/meta/handshake"), "version": .string("1.0"), "minimumVersion": .string("1.0"),
                    "supportedConnectionTypes": .texts(["long-polling"]), "ext": .object(["replay": .flag(true)]),
                ]
            ], by: client, cookies: nil)
        guard let id = messages.first(where: { $0.channel == "/meta/handshake" })?.clientId else {
            throw StreamRefusal(reason: "the handshake was answered without a client id", reconnect: "handshake")
        }
        clientID = id
        self.cookies = cookies
    }

    /// Asks for a channel's events.
    ///
    /// - Throws: `StreamRefusal`, `SalesforceError`.
    public func subscribe(to channel: String, from start: Start) async throws {
        let place: Int64 =
            switch start {
            case .now: -1
            case .after(let id): id
            }
        _ = try await send([
            "channel": .string("/meta/subscribe"), "clientId": .string(clientID), "subscription": .string(channel),
            "ext": .object(["replay": .object([channel: .number(place)])]),
        ])
    }

    /// Waits for events, up to two minutes; none is no failure.
    ///
    /// - Throws: `StreamRefusal`, `SalesforceError`.
    public func next() async throws -> [ChangeEvent] {
        try await send([
            "channel": .string("/meta/connect"), "clientId": .string(clientID), "connectionType": .string("long-polling"),
        ]).compactMap(ChangeEvent.init)
    }

    /// Lets the server forget the client at once.
    public func close() async {
        _ = try? await send(["channel": .string("/meta/disconnect"), "clientId": .string(clientID)])
    }

    private func send(_ message: [String: CometValue]) async throws -> [CometMessage] {
        try await Self.exchange([message], by: client, cookies: cookies).messages
    }

    private static func exchange(_ messages: [[String: CometValue]], by client: SalesforceClient, cookies: String?) async throws
        -> (messages: [CometMessage], cookies: String?)
    {
        var headers: HTTPFields = [.contentType: "application/json; charset=UTF-8"]
        if let cookies { headers[.cookie] = cookies }
        let token = try await client.session.token()
        let answer = try await client.call(
            .post, "/cometd/" + client.apiVersion, headers: headers, body: .bytes(Array(try JSONEncoder().encode(messages))))
        let received = try answer.decode([CometMessage].self)
        for message in received {
            guard let refusal = message.refusal else { continue }
            // An expired token is told in a message, with a status that says that all is well.
            if refusal.remedy == .renewToken { _ = try await client.session.token(replacing: token.accessToken) }
            throw refusal
        }
        let set = answer.head.headers[values: .setCookie].compactMap { $0.split(separator: ";").first.map(String.init) }
        return (received, set.isEmpty ? cookies : set.joined(separator: "; "))
    }
}

/// What a message to the server is made of.
private enum CometValue: Encodable, Sendable {
    case string(String)
    case number(Int64)
    case flag(Bool)
    case texts([String])
    case object([String: CometValue])

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .string(let text): try container.encode(text)
        case .number(let number): try container.encode(number)
        case .flag(let flag): try container.encode(flag)
        case .texts(let texts): try container.encode(texts)
        case .object(let members): try container.encode(members)
        }
    }
}

extension SalesforceClient {
    /// Shakes hands with the org's streaming.
    ///
    /// - Throws: `StreamRefusal`, `SalesforceError`.
    public func changeStream() async throws -> ChangeStream { try await ChangeStream(client: self) }
}
