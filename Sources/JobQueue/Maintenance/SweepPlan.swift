/// Decides when sweeping dead rows is worth it, from one look to the next. A value without I/O.
///
/// What an old transaction can still see is kept, and so is all that dies while it is open: when a sweep had to leave most of what was dead, there is
/// nothing to sweep for as long as the oldest transaction is the one that it met, however much is dead; once that has ended there is, at once. A
/// transaction that this role may not see is known only by what sweeps leave: that must double before the next.
struct SweepPlan {
    /// From how many new dead rows on sweeping them is worth it; a claim walks over far fewer without noticing.
    static let manyDeadRows = 50_000

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

    /// Learns from a look, and says whether to sweep.
    mutating func wantsSweep(_ look: Look) -> Bool {
        if let met, met == look.horizon {
            wasHeld = true
            return false
        }
        left = min(left, look.dead)
        return look.dead > Self.manyDeadRows + (wasHeld ? 0 : 2 * left)
    }

    /// Something was swept.
    ///
    /// - Parameters:
    ///   - look: what was seen before.
    ///   - left: dead rows that are still there.
    mutating func note(sweptAfter look: Look, left: Int) {
        self.left = left
        met = left > look.dead / 2 ? look.horizon : nil
        wasHeld = false
    }
}
