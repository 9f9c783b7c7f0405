/// Decides when sweeping dead rows is worth it, from one look to the next. A value without I/O.
///
/// What an old transaction can still see is kept, and so is all that dies while it is open: when a sweep had to leave most of what was dead, there is
/// nothing to sweep for as long as the oldest transaction is the one that it met, however much is dead; once that has ended there is, at once. A
/// transaction that this role may not see is known only by what sweeps leave: that must double before the next.
struct SweepPlan {
    /// From how many new dead rows on sweeping them is worth it; a claim walks over far fewer without noticing.
    static let manyDeadRows = 50_000
    /// From how many on it is worth it once a minute.
    static let someDeadRows = 1000
    /// From how many dead rows on a sweep takes minutes, and has to leave the machine to those who work.
    static let longSweep = 2_000_000

    /// How a sweep goes about it.
    enum Pace {
        /// As fast as it can.
        case full
        /// As autovacuum does by default: some 5 % of a core.
        case gentle
    }

    /// What a look saw.
    struct Look: Equatable {
        /// Dead rows that are not swept away.
        let dead: Int
        /// The oldest transaction number that something open can see; nil when nothing that this role may look at is open.
        let horizon: String?
    }

    /// What the last sweep left.
    private(set) var left = 0
    /// The oldest transaction that the last sweep met, if that left most of what was dead.
    private var met: String?
    /// Whether that was open long after it: then it is why.
    private var wasHeld = false
    private var lastSweep: ContinuousClock.Instant

    /// - Parameter start: when somebody begins to look.
    init(start: ContinuousClock.Instant = .now) { lastSweep = start }

    /// Learns from a look, and says how to sweep; nil when it is not worth it.
    mutating func sweep(after look: Look, now: ContinuousClock.Instant = .now) -> Pace? {
        if let met, met == look.horizon {
            wasHeld = true
            return nil
        }
        left = min(left, look.dead)
        let enough = now - lastSweep < .seconds(60) ? Self.manyDeadRows : Self.someDeadRows
        guard look.dead > enough + (wasHeld ? 0 : 2 * left) else { return nil }
        return look.dead > Self.longSweep ? .gentle : .full
    }

    /// Something was swept.
    ///
    /// - Parameters:
    ///   - look: what was seen before.
    ///   - left: dead rows that are still there.
    mutating func note(sweptAfter look: Look, left: Int, now: ContinuousClock.Instant = .now) {
        lastSweep = now
        self.left = left
        met = left > look.dead / 2 ? look.horizon : nil
        wasHeld = false
    }
}
