/// What a worker remembers from one claim to the next: whose turn it is, and where waiting jobs begin.
///
/// Claimed jobs leave dead entries in the index that a look at everything walks over until they are swept away. A transaction that
/// somebody left open keeps them all: then a look takes ever longer, although little waits. A worker that notices goes on from where it
/// knows jobs to wait, and looks farther back the more rarely the longer that takes:
///
/// - each claim looks from the first job on that the last one could have taken, and from where jobs may have become visible since;
/// - for a twentieth of the time a claim looks at new lanes as well, at jobs that were passed over because their exclusive key was taken, and
///   at what was put in by transactions that took long;
/// - a `survey`, beside the claims and for a twentieth of the time, looks at everything, for what came in behind those places.
struct ClaimMemory {
    private struct Place {
        /// The first job that was passed over because its exclusive key was taken; nil when there was none at the last look at those.
        var passedOver: Int64?
        var claimable: Int64
        var lastWaited = ContinuousClock.now
    }

    /// So many slow looks at everything, one after the other, are no accident.
    private static let manySlowLooks = 3
    /// What claiming a job may take of a look's time.
    private static let perJob = Duration.microseconds(100)
    /// In microseconds: a transaction has its number this much later than its statement began, at most.
    private static let numbering: Int64 = 50_000
    /// In microseconds: how far back each claim looks for what became visible late. What is later is left to the looks that are rarer.
    private static let lateness: Int64 = 1_000_000
    /// A lane in which nothing waited for as long is looked for among the new ones.
    private static let memory = Duration.seconds(60)

    private let slow: Duration
    private var after: Lane?
    private var places: [LaneKey: Place] = [:]
    private var settled = SettledTime()
    private var lastLook = Int64.min
    /// Since when there may be what became visible too late for the claims so far.
    private var late: Int64?
    private var everything = DutyCycle()
    private var farLooks = DutyCycle()
    /// What a claim that looks from its places on takes, on average.
    private var nearCost = Duration.zero
    private var slowLooks = 0

    /// - Parameter slow: a look at everything that takes longer than this, besides what claiming its jobs takes, is worth avoiding.
    init(slow: Duration = .milliseconds(20)) { self.slow = slow }

    /// Whether a survey is due: claims look at places only, and have for long enough.
    var wantsSurvey: Bool { everything.wasSlow && everything.isOver }

    /// Completes a request with what is remembered.
    func apply(to request: inout ClaimRequest) {
        request.after = after
        request.reportsScan = slowLooks > 0
        guard everything.wasSlow, !places.isEmpty else { return }
        request.reportsScan = true
        let isFar = farLooks.isOver
        request.scope = ClaimScope(
            places: places.map { .init(key: $0, notBefore: isFar ? far($1) : near($1)) }.sorted { $0.key < $1.key }, looksBetween: isFar)
    }

    private func near(_ place: Place) -> Int64 {
        let earliest = place.claimable - Self.lateness
        return settled.time.map { max(min(place.claimable, $0 - Self.numbering), earliest) } ?? earliest
    }

    private func far(_ place: Place) -> Int64 { min(near(place), place.passedOver ?? .max, late.map { $0 - Self.lateness } ?? .max) }

    /// Learns from a claim.
    mutating func note(_ claim: Claim, of request: ClaimRequest) {
        // In the order of turns: first the lanes behind the one where the last claim ended.
        let lanes = claim.jobs.map { Lane(connectionID: $0.connectionID) }
        if let last = lanes.max(by: { (turn(of: $0), $0) < (turn(of: $1), $1) }) { after = last }
        if let scan = claim.scan { learn(scan, isFar: request.scope.looksBetween) }
        if request.scope.places.isEmpty {
            let allowed = slow + Self.perJob * claim.jobs.count
            slowLooks = claim.took > allowed ? slowLooks + 1 : 0
            if slowLooks >= Self.manySlowLooks { everything.note(claim.took, allowed: allowed) }
        } else if request.scope.looksBetween {
            farLooks.note(max(claim.took - nearCost, claim.took / 10), allowed: .zero)
        } else {
            nearCost = nearCost == .zero ? claim.took : (nearCost * 3 + claim.took) / 4
        }
    }

    private mutating func learn(_ scan: ClaimScan, isFar: Bool) {
        defer { lastLook = scan.snapshot.time }
        guard scan.snapshot.time >= lastLook else {
            // The clock was set back: what comes now comes in behind every place.
            places = [:]
            settled = SettledTime()
            late = nil
            return
        }
        for head in scan.heads {
            var place = places[head.key] ?? Place(claimable: head.claimable)
            if isFar { place.passedOver = head.first < head.claimable ? head.first : nil }
            place.claimable = head.claimable
            if head.isWaiting { place.lastWaited = .now }
            places[head.key] = place
        }
        settled.note(scan.snapshot)
        if isFar { late = nil }
        if let time = settled.time, time < scan.snapshot.time - Self.lateness { late = min(late ?? .max, time) }
    }

    /// Learns from a survey: a job that waits behind the place that is known for it is looked for by the next claim.
    mutating func note(survey heads: [LaneHead], took: Duration) {
        places = places.filter { .now - $0.value.lastWaited < Self.memory }
        for head in heads {
            var place = places[head.key] ?? Place(claimable: head.first)
            if head.first < place.claimable { place.passedOver = min(head.first, place.passedOver ?? .max) }
            if head.isWaiting { place.lastWaited = .now }
            places[head.key] = place
        }
        everything.note(took, allowed: slow)
        slowLooks = 0
        farLooks = DutyCycle()
    }

    /// Something came in where claims look rarely.
    mutating func lookAtEverythingSoon() { everything.end() }

    /// A survey that failed cost as much as one that did not.
    mutating func noteFailedSurvey(took: Duration) { everything.note(max(took, slow * 2), allowed: slow) }

    private func turn(of lane: Lane) -> Int {
        guard let after else { return 0 }
        return lane <= after ? 1 : 0
    }
}
