extension Sessions {
    /// What happened to a token, as the journal has it.
    enum Event: Sendable {
        case opened(String)
        case refreshable(String)
        case ended(String)
        case allEnded

        var name: String {
            switch self {
            case .opened: "opened"
            case .refreshable: "refreshable"
            case .ended: "ended"
            case .allEnded: "all ended"
            }
        }

        var token: String {
            switch self {
            case .opened(let token), .refreshable(let token), .ended(let token): token
            case .allEnded: ""
            }
        }

        init?(name: String, token: String) {
            switch name {
            case "opened": self = .opened(token)
            case "refreshable": self = .refreshable(token)
            case "ended": self = .ended(token)
            case "all ended": self = .allEnded
            default: return nil
            }
        }
    }
}
