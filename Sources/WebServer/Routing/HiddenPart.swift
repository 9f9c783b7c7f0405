/// What a server may leave out where strangers reach it.
public enum HiddenPart: String, Sendable, CaseIterable {
    /// `/metrics`, which a port of its own may serve (`--metrics-port`).
    case metrics
    /// `/docs` and `/openapi.json`.
    case docs

    /// Whether a path belongs to it.
    func covers(_ path: String) -> Bool {
        switch self {
        case .metrics: path == "/metrics"
        case .docs: path == "/docs" || path.hasPrefix("/docs/") || path == "/openapi.json" || path.hasPrefix("/assets/docs")
        }
    }
}
