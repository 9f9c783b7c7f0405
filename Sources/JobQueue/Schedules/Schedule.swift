/// A job that comes again: each due time, its slot, becomes one job, however many schedulers fire it.
public struct Schedule: Sendable {
    /// When it is due.
    public enum Timing: Sendable {
        /// Again and again after a fixed pause of at least a second, on the beat of the first slot.
        case every(Duration)
        /// By the five fields of cron (minute, hour, day, month, weekday), or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`,
        /// read in a time zone such as `Europe/Berlin`.
        case cron(String, timeZone: String = "UTC")
    }

    /// What becomes of slots that nobody fired in time.
    public enum MissedSlots: String, Sendable {
        /// One job for all of them.
        case once
        /// A job for each.
        case each
    }

    /// Names it; there is one schedule of a name.
    public let name: String
    /// The job of every slot. Its arguments are given the slot as `scheduled_for`. With a unique key, a slot that comes while the last
    /// one's job still waits makes none.
    public let job: NewJob
    /// When it is due.
    public let timing: Timing
    /// What becomes of missed slots.
    public let missed: MissedSlots

    /// Describes a schedule.
    public init(name: String, timing: Timing, missed: MissedSlots = .once, job: NewJob) {
        self.name = name
        self.timing = timing
        self.missed = missed
        self.job = job
    }

    var every: Duration? {
        if case .every(let pause) = timing { pause } else { nil }
    }

    var cron: (expression: String?, timeZone: String) {
        if case .cron(let expression, let timeZone) = timing { (expression, timeZone) } else { (nil, "UTC") }
    }
}
