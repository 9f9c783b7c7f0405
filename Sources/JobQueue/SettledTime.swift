/// Tells from one look to the next up to when all that was put in can be seen.
///
/// A job carries the time at which its statement began, and is seen when its transaction has ended. A look that finds no transaction open
/// that had begun before an earlier look sees all that was put in before that.
struct SettledTime {
    private static let mostMarks = 1000

    private var marks: [ClaimSight.Snapshot] = []

    /// The time up to which the last look saw all; nil as long as it is not known. In microseconds since 1970.
    private(set) var time: Int64?

    /// Learns from a look.
    mutating func note(_ snapshot: ClaimSight.Snapshot) {
        marks.append(snapshot)
        let settled = marks.prefix { $0.next <= snapshot.oldestOpen }
        if let last = settled.last { time = last.time }
        marks.removeFirst(settled.count)
        // Somebody's transaction is open for long: it matters little which of the looks since it was that it ended before.
        if marks.count > Self.mostMarks { marks = marks.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element) }
    }
}
