/// How a count of rows or records came about.
public enum CountKind: String, Sendable, Hashable, Codable {
    /// One by one, at the time that stands beside it.
    case exact
    /// By statistics, or from an earlier count and what changed since.
    case estimated
    /// There is no count.
    case notAvailable = "not_available"

    /// Reads a stored kind; a count without one is none.
    init(_ stored: String?) { self = stored.flatMap(CountKind.init(rawValue:)) ?? .notAvailable }
}
