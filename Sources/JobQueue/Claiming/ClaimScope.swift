/// Which part of the waiting jobs a claim looks at.
struct ClaimScope: Sendable {
    /// A lane's jobs of one priority, from a time on.
    struct Place: Sendable, Hashable {
        let key: LaneKey
        /// In microseconds since 1970.
        let notBefore: Int64
    }

    /// In the order of their keys.
    var places: [Place] = []
    /// Whether to look between the places too, for lanes and priorities that are not among them.
    var looksBetween = true

    /// No place is passed over.
    static let everywhere = ClaimScope()
}

/// A lane's jobs of one priority.
struct LaneKey: Sendable, Hashable, Comparable {
    let lane: Lane
    let priority: Int

    static func < (key: LaneKey, other: LaneKey) -> Bool { (key.lane, key.priority) < (other.lane, other.priority) }
}
