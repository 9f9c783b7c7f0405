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
    /// The lane to begin behind: when there are more lanes than jobs to claim, the next claim goes on where this one ended.
    public var after: Lane?
    /// Where to look; nil to look everywhere.
    var places: [LaneHead]?
    /// Whether to report the places that were found.
    var reportsPlaces = false

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
    /// The first waiting job of each lane and priority, when the request asked for it.
    let places: [LaneHead]
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

/// A lane's jobs of one priority, and the time before which none of them waits.
struct LaneHead: Sendable, Hashable {
    let lane: Lane
    let priority: Int
    /// As Postgres writes it.
    let notBefore: String
}
