extension Sessions {
    /// What happened to a token, as the journal has it.
    package enum Event: Sendable {
        case opened(String, family: String?)
        case refreshable(String, family: String)
        case spent(String, family: String)
        case ended(String)
        case familyEnded(String)
        case allEnded

        package var name: String {
            switch self {
            case .opened: "opened"
            case .refreshable: "refreshable"
            case .spent: "spent"
            case .ended: "ended"
            case .familyEnded: "family ended"
            case .allEnded: "all ended"
            }
        }

        /// The token, followed by its family if it has one.
        package var token: String {
            switch self {
            case .opened(let token, let family): family.map { token + " " + $0 } ?? token
            case .refreshable(let token, let family), .spent(let token, let family): token + " " + family
            case .ended(let token): token
            case .familyEnded(let family): family
            case .allEnded: ""
            }
        }

        package init?(name: String, token: String) {
            let parts = token.split(separator: " ", maxSplits: 1).map(String.init)
            let (text, family) = (parts.first ?? "", parts.count > 1 ? parts[1] : nil)
            switch name {
            case "opened": self = .opened(text, family: family)
            // A token of before there were families is one of its own.
            case "refreshable": self = .refreshable(text, family: family ?? text)
            case "spent": self = .spent(text, family: family ?? text)
            case "ended": self = .ended(text)
            case "family ended": self = .familyEnded(text)
            case "all ended": self = .allEnded
            default: return nil
            }
        }
    }
}
