/// When an outlet that could not be told is tried again, and when what it was not told is given up.
enum RetryPause {
    /// Ten seconds at first, twice as long each time, an hour at most.
    static func after(failures: Int) -> Duration {
        min(.seconds(3600), .seconds(10 << min(max(failures - 1, 0), 9)))
    }

    /// Three days, so that a weekend passes; a drain's lines, of which there are many, for a day.
    static func patience(_ isDrain: Bool) -> Duration { .seconds((isDrain ? 1 : 3) * 24 * 3600) }
}
