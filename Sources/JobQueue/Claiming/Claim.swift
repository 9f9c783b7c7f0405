public import Foundation

/// What a worker wants to claim.
public struct ClaimRequest: Sendable {
    /// The worker's name in `sluice.workers`.
    public let worker: String
    /// The kinds it has handlers for; it never sees others.
    public let kinds: [String]
    /// The most jobs to claim.
    public let limit: Int
    /// How long a lease lasts without renewal.
    public let lease: Duration
    /// The most jobs of one connection that the worker may hold.
    public var share = Int.max
    /// How many jobs of each connection it holds already.
    public var held: [UUID: Int] = [:]
    /// Connections whose jobs it leaves to others.
    public var unserved: Set<UUID> = []
    /// The lane to begin behind: when there are more lanes than jobs to claim, the next claim goes on where this one ended.
    public var after: Lane?
    /// Where to look.
    var scope = ClaimScope.everywhere
    /// Whether to report what was seen.
    var reportsScan = false

    /// Describes a claim.
    public init(worker: String, kinds: [String], limit: Int, lease: Duration) {
        self.worker = worker
        self.kinds = kinds
        self.limit = limit
        self.lease = lease
    }
}

/// What a claim found.
public struct Claim: Sendable {
    /// The jobs, each with its lease.
    public let jobs: [Job]
    /// How long until something waiting becomes due or may start; nil when nothing is known to.
    public let nextLook: Duration?
    /// How long it took the server, without what it took to get there and back.
    let took: Duration
    /// What was seen, when the request asked for it.
    let scan: ClaimScan?
}

/// Jobs of one connection stand in one lane; those of none share one of their own. Lanes take turns.
public struct Lane: Sendable, Hashable, Comparable {
    /// The lane's id as Postgres writes it, which sorts as Postgres sorts it.
    let text: String

    /// The lane of a connection's jobs.
    public init(connectionID: UUID?) { text = connectionID?.uuidString.lowercased() ?? Self.ofNone }

    init(text: String) { self.text = text }

    /// The lane of jobs that belong to no connection.
    static let ofNone = "00000000-0000-0000-0000-000000000000"

    /// By the id.
    public static func < (lane: Lane, other: Lane) -> Bool { lane.text < other.text }
}
