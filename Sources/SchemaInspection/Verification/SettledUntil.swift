package import Foundation

/// Up to when polls have brought everything: a difference from a record that changed later is one that the next poll takes away, and no finding.
package struct SettledUntil: Sendable, Equatable {
    /// A row that shows the record's own stamp is wanting where the stamp lies before this.
    package let sameStamp: Date
    /// A row that is missing or shows an earlier stamp is wanting where the record's lies before this.
    package let laterStamp: Date

    /// Salesforce stamps a record when it is written and shows it when its transaction commits, up to ten minutes later.
    private static let longestTransaction: TimeInterval = 600

    /// - Parameters:
    ///   - watermark: the end of the last poll before the records were asked for.
    ///   - complete: the end of the last that reached back as far as a transaction can last.
    package init(watermark: Date, complete: Date?) {
        sameStamp = watermark
        laterStamp = min(complete ?? watermark, watermark).addingTimeInterval(-Self.longestTransaction)
    }

    /// A poll that reaches back as far as a transaction can last has ended since the records were asked for: it has seen all of them.
    package static let everything = SettledUntil(.distantFuture)

    private init(_ moment: Date) { (sameStamp, laterStamp) = (moment, moment) }
}
