import Synchronization

/// The request within which things are changed, for the audit trail: from where it came, and by which token or session.
public final class AuditedRequest: Sendable {
    /// The request that this task serves.
    @TaskLocal public static var current: AuditedRequest?

    /// The client's address.
    public let address: String?
    /// `token` or `session` and its id.
    public let via: String?
    private let entries = Atomic<Int>(0)

    /// A request.
    public init(address: String?, via: String?) {
        self.address = address
        self.via = via
    }

    /// Whether an entry was written within it.
    public var isAudited: Bool { entries.load(ordering: .relaxed) > 0 }

    func note() { entries.add(1, ordering: .relaxed) }
}
