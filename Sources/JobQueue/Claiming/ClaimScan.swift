/// What a claim saw, whether it took it or not.
struct ClaimScan: Sendable {
    let heads: [LaneHead]
    let snapshot: Snapshot

    /// What the claim could see at all.
    struct Snapshot: Sendable {
        /// In microseconds since 1970.
        let time: Int64
        /// The oldest transaction that was open: all before it have ended.
        let oldestOpen: Int64
        /// The first transaction that had not begun to write.
        let next: Int64
    }
}

/// What a look saw of a lane's jobs of one priority. Times are in microseconds since 1970, and at most the time of the look.
struct LaneHead: Sendable, Hashable {
    let key: LaneKey
    /// Whether one waits that is due.
    let isWaiting: Bool
    /// The time before which none waits that the look would have claimed, but for its exclusive key.
    let first: Int64
    /// The time before which none waits that the look could have claimed.
    let claimable: Int64
}
