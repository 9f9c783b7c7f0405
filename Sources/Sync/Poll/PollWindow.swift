import Foundation

/// The stretch of SystemModstamp that a poll reads: from a while before the watermark on. A value without I/O.
///
/// Salesforce stamps a row when it is written and shows it when its transaction commits, up to ten minutes later, and stamps have a
/// resolution of one second. So every poll reaches back behind the last one. Its end, the next watermark, is Salesforce's clock as the
/// answer to the query gives it: whatever was committed between the query and its answer is read again by the next poll.
enum PollWindow {
    /// How far a window reaches back: the longest that Salesforce lets a transaction's stamp lie behind its commit.
    static let overlap: TimeInterval = 600

    /// First stamp to read.
    static func lower(watermark: Date) -> Date { watermark.addingTimeInterval(-overlap) }

    /// The next watermark; a clock that is missing or stepped back does not move it back.
    static func upper(watermark: Date, serverTime: Date?) -> Date { max(serverTime ?? watermark, watermark) }
}
