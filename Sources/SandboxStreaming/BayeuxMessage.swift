import SandboxBytes

/// A message of a CometD request.
struct BayeuxMessage: Sendable {
    let channel: String
    let id: JSON?
    let clientID: String?
    private let json: JSON

    /// Nil when it is no object with a channel.
    init?(_ json: JSON) {
        guard json.members != nil, let channel = json["channel"]?.string else { return nil }
        self.json = json
        self.channel = channel
        // Clients send numbers too, and get back what they sent.
        self.id = json["id"]
        self.clientID = json["clientId"]?.string
    }

    /// Channels to subscribe to or to leave.
    var subscriptions: [String] {
        switch json["subscription"] {
        case .string(let name): [name]
        case .array(let names): names.compactMap(\.string)
        default: []
        }
    }

    var subscription: JSON? { json["subscription"] }
    var connectionType: String? { json["connectionType"]?.string }
    var connectionTypes: [String]? { json["supportedConnectionTypes"]?.array?.compactMap(\.string) }

    /// Milliseconds the client wants its connect to be held at the most.
    var adviceTimeout: Int? { json["advice"]?["timeout"]?.int }

    /// Where to begin: an id, -1 or -2. Nil when the client does not say; ``JSON/null`` and texts are no ids.
    func replay(_ channel: String) -> JSON? {
        guard let replay = json["ext"]?["replay"] else { return nil }
        if let members = replay.members { return members.first { $0.key == channel }?.value }
        if case .bool = replay { return nil }
        return replay
    }
}

/// Why a message is refused: `403::Unknown client`.
struct CometError: Error {
    enum Advice: String {
        case none, handshake, retry
    }

    let text: String
    var advice: Advice?
    /// Salesforce's own reason, where the text is Bayeux's.
    var reason: String?

    static let unknownClient = CometError(text: "403::Unknown client", advice: .handshake)
    static let badAuthentication = CometError(text: "401::Authentication invalid", advice: CometError.Advice.none)
    static let noAuthentication = CometError(text: "401::Request requires authentication", advice: CometError.Advice.none)
    static let tooManyClients = CometError(text: "403::Organization concurrent user limit exceeded", advice: CometError.Advice.none)
    static let tooManyEvents = CometError(text: "403::Organization total events daily limit exceeded", advice: CometError.Advice.none)

    static func unknownChannel(_ name: String) -> CometError {
        CometError(text: "400::The channel you requested to subscribe to does not exist {\(name)}")
    }

    static func badReplay(_ id: String) -> CometError {
        CometError(
            text: "400::The replayId {\(id)} you provided was invalid. Please provide a valid ID, -2 to replay all events, or -1 to replay "
                + "only new events.")
    }
}
