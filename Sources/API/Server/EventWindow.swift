import Catalog
import SyncJournal
import WebServer

/// What of a journal has been handed on. Numbers are drawn before events are visible, so that one may come to light after a higher one: a window of
/// numbers is looked at again until nothing can come in it any more.
struct EventWindow {
    /// Events up to this number were handed on.
    private(set) var floor: Int64
    private let settling: Duration
    private var taken: Set<Int64> = []
    /// The highest number at some moments, oldest first.
    private var marks: [(id: Int64, at: ContinuousClock.Instant)] = []

    init(floor: Int64, settling: Duration) {
        self.floor = floor
        self.settling = settling
    }

    /// Of the events above the floor, those that were not handed on before.
    mutating func take(_ events: [Event], at now: ContinuousClock.Instant) -> [Event] {
        let new = events.filter { taken.insert($0.id).inserted }
        if let last = events.last, last.id > marks.last?.id ?? floor { marks.append((last.id, now)) }
        while let mark = marks.first, mark.at + settling <= now {
            raise(to: mark.id)
        }
        return new
    }

    /// Gives up waiting for events below a number: there are too many above it.
    mutating func raise(to id: Int64) {
        let floor = max(floor, id)
        self.floor = floor
        marks.removeAll { $0.id <= floor }
        taken = taken.filter { $0 > floor }
    }
}
