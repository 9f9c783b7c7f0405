import Catalog

/// Why a connection reads or writes nothing at present, where somebody wants it so or it is not set up yet: what waits meanwhile is not late.
/// A fault is no such reason.
enum SyncHalt: Equatable {
    case nothingMapped
    case connection(ConnectionState)
    case writes(WriteSwitches.Mode)

    /// What a connection's state halts; nil where it works, and where it failed.
    init?(_ state: ConnectionState) {
        guard !state.allowsSync, !state.isError else { return nil }
        self = .connection(state)
    }

    /// What keeps changes from being written; nil where nothing does that is meant to.
    init?(_ state: ConnectionState, writes mode: WriteSwitches.Mode) {
        if let halt = SyncHalt(state) {
            self = halt
        } else if mode == .paused || mode == .dryRun {
            self = .writes(mode)
        } else {
            return nil
        }
    }

    var text: String {
        switch self {
        case .nothingMapped: "nothing is mapped yet"
        case .connection(.needAuthentication): "the connection needs authorization"
        case .connection(let state): "the connection is \(state.label.lowercased())"
        case .writes(.paused): "writing is paused"
        case .writes: "a dry run: nothing is written"
        }
    }
}
