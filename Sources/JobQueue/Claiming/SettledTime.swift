/// Tells from one look to the next up to when all that was put in can be seen.
///
/// A job carries the time at which its statement began, and is seen when its transaction has ended. A look that finds no transaction open
/// that had begun before an earlier look sees all that was put in before that.
struct SettledTime {
    private static let mostMarks = 1000

    /// Earlier looks before the end of which some transaction had begun that is open.
    private var marks: [ClaimScan.Snapshot] = []
    /// In microseconds. When a transaction is open for long, it matters little which of the looks since was the last before another began.
    private var spacing: Int64 = 0

    /// The time up to which the last look saw all, but for what was open before the first look; nil before that. In microseconds since 1970.
    private(set) var time: Int64?

    /// Learns from a look.
    mutating func note(_ look: ClaimScan.Snapshot) {
        time = time ?? look.time
        let settled = marks.prefix { $0.next <= look.oldestOpen }
        if let last = settled.last { time = last.time }
        marks.removeFirst(settled.count)
        guard look.next > look.oldestOpen else {
            time = look.time
            return
        }
        guard let first = marks.first, let last = marks.last else {
            marks = [look]
            spacing = 0
            return
        }
        guard look.time - last.time >= spacing else { return }
        marks.append(look)
        if marks.count > Self.mostMarks {
            marks = marks.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
            spacing = (look.time - first.time) / Int64(marks.count)
        }
    }
}
