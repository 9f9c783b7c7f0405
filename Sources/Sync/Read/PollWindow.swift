import Foundation

/// The stretch of SystemModstamp that a poll reads: from a while before the watermark on. A value without I/O.
///
/// Salesforce stamps a row when it is written and shows it when its transaction commits, up to ten minutes later, and stamps have a
/// resolution of one second. So a poll reaches back behind the last one: now and then as far as a transaction can last, and in between a little, so
/// that what changed in the last ten minutes is not read with every poll. Its end, the next watermark, is Salesforce's clock as the
/// answer to the query gives it: whatever was committed between the query and its answer is read again by the next poll.
struct PollWindow: Sendable, Equatable {
    /// How far a wide window reaches back: the longest that Salesforce lets a transaction's stamp lie behind its commit.
    static let overlap: TimeInterval = 600
    /// How far a narrow one does: what clocks and caches of Salesforce's servers differ by.
    static let narrowOverlap: TimeInterval = 30
    /// A window is wide when the last wide one ended this long before it: an ordinary interval of polls always is.
    static let wideEvery: TimeInterval = 60

    /// First stamp to read.
    let lower: Date
    /// Whether it reaches back behind everything that the last wide one cannot have seen: then every commit up to its end is in the table.
    let isWide: Bool

    /// The window after a watermark.
    ///
    /// - Parameter complete: the end of the last wide window; nil when there was none.
    static func after(watermark: Date, complete: Date?) -> PollWindow {
        if let complete, complete <= watermark, watermark.timeIntervalSince(complete) < wideEvery {
            return PollWindow(lower: watermark.addingTimeInterval(-narrowOverlap), isWide: false)
        }
        return PollWindow(lower: min(watermark, complete ?? watermark).addingTimeInterval(-overlap), isWide: true)
    }

    /// The next watermark; a clock that is missing or stepped back does not move it back.
    static func upper(watermark: Date, serverTime: Date?) -> Date { max(serverTime ?? watermark, watermark) }
}
