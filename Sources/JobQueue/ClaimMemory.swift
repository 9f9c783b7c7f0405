/// What a worker remembers from one claim to the next: whose turn it is, and where waiting jobs begin.
///
/// Claimed jobs leave dead entries in the index that a look at everything walks through until they are swept away. A transaction that
/// somebody left open keeps them all: then a look takes ever longer, although little waits. A worker that notices goes on from the places
/// it knows, where what is new must be, and looks at everything only so often that this takes a twentieth of its time.
struct ClaimMemory {
    /// A look at everything that takes longer than this is worth avoiding.
    private static let slow = Duration.milliseconds(20)
    /// How many times as long as a slow look took it is avoided.
    private static let rest = 20

    private var after: Lane?
    private var places: [LaneHead] = []
    private var lookCost = Duration.zero
    private var avoidUntil: ContinuousClock.Instant?

    /// Completes a request with what is remembered.
    func apply(to request: inout ClaimRequest) {
        request.after = after
        request.reportsPlaces = lookCost > Self.slow / 2
        if let avoidUntil, ContinuousClock.now < avoidUntil, !places.isEmpty {
            request.places = places
            request.reportsPlaces = true
        }
    }

    /// Learns from a claim.
    mutating func note(_ claim: Claim, of request: ClaimRequest, took: Duration) {
        // In the order of turns: first the lanes behind the one where the last claim ended.
        let lanes = claim.jobs.map { Lane(connectionID: $0.connectionID) }
        if let last = lanes.max(by: { (turn(of: $0), $0) < (turn(of: $1), $1) }) { after = last }
        if request.reportsPlaces { places = claim.places }
        guard request.places == nil else { return }
        lookCost = took
        avoidUntil = took > Self.slow ? .now + took * Self.rest : nil
    }

    private func turn(of lane: Lane) -> Int {
        guard let after else { return 0 }
        return lane <= after ? 1 : 0
    }
}
