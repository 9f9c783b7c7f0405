/// What somebody may do with a connection; each role may do what those below it may.
public enum Role: String, Sendable, CaseIterable, Comparable {
    /// Reads.
    case viewer
    /// Acts: polls, reloads, pauses, resumes, retries.
    case `operator`
    /// Configures: mappings, databases, the Salesforce authorization, and who has access.
    case admin

    private var rank: Int {
        switch self {
        case .viewer: 0
        case .operator: 1
        case .admin: 2
        }
    }

    /// Whether the right one may do more.
    public static func < (left: Role, right: Role) -> Bool { left.rank < right.rank }

    /// A role that somebody named.
    ///
    /// - Throws: `CatalogError` with code `.invalid`.
    public init(named text: String) throws {
        guard let role = Role(rawValue: text) else {
            throw CatalogError(
                code: .invalid,
                message: "role: expected one of \(Role.allCases.map(\.rawValue).joined(separator: ", ")), found \"\(text.prefix(40))\"")
        }
        self = role
    }
}
