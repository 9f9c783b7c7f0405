import Catalog
import WebServer

/// A word in a coloured frame; the colour only repeats what the word says.
struct Badge {
    enum Tone: String, CaseIterable {
        case good, wait, bad, plain
    }

    let label: String
    let tone: Tone
    /// The state's own name, for whoever points at the badge.
    var code: String?

    var html: HTML {
        let title: HTML = code.map { " title=\"\($0)\"" } ?? ""
        return "<span class=\"badge \(tone.rawValue)\"\(title)>\(label)</span>"
    }

    /// A connection's state, with its reason under it.
    static func state(_ state: ConnectionState, description: String?) -> HTML {
        let tone: Tone = state.isError ? .bad : state.isHealthy ? .good : .wait
        return with(reason: description, Badge(label: state.label, tone: tone, code: state.rawValue))
    }

    /// A mapping's state, with its reason under it.
    static func state(_ state: MappingState, description: String?) -> HTML {
        let tone: Tone = state.isError ? .bad : state == .dataSynced ? .good : .wait
        return with(reason: description, Badge(label: state.label, tone: tone, code: state.rawValue))
    }

    /// How grave an event is.
    static func level(_ level: EventLevel) -> HTML {
        let tone: Tone = level == .error ? .bad : level == .warning ? .wait : .plain
        return Badge(label: level.rawValue, tone: tone).html
    }

    /// A job's state.
    static func job(_ state: String) -> HTML {
        let tone: Tone =
            switch state {
            case "failed": .bad
            case "completed", "running": .good
            default: .wait
            }
        return Badge(label: state, tone: tone).html
    }

    private static func with(reason: String?, _ badge: Badge) -> HTML {
        let text: HTML = reason.flatMap { $0.isEmpty || $0 == badge.label ? nil : "<div class=\"reason\">\($0)</div>" } ?? ""
        return "\(badge.html)\(text)"
    }
}
