import Catalog
import Foundation
import SyncJournal
import WebServer

/// Rows and errors by time as bars, drawn by the server, so that the page needs no library. A bar says what it holds when it is pointed
/// at or focused; the arrow keys go from bar to bar. A span in which nothing moved is a gap with a mark at its foot, and says so.
struct Histogram {
    let title: String
    /// Every span of the period, oldest first.
    let buckets: [ActivityBucket]
    let period: HistoryPeriod
    var words = Words.moved

    /// What is counted, and what went wrong: of one, and of several.
    struct Words: Sendable {
        let good: (one: String, many: String)
        let bad: (one: String, many: String)

        static let moved = Words(good: ("row", "rows"), bad: ("error", "errors"))
        static let ended = Words(good: ("completed", "completed"), bad: ("failed or cancelled", "failed or cancelled"))
    }

    private static let width = 720
    private static let height = 96
    /// What is there is never invisible.
    private static let lowest = (rows: 2, errors: 5)

    var html: HTML {
        let step = Double(Self.width) / Double(max(buckets.count, 1))
        let highest = max(buckets.map { $0.rows + $0.errors }.max() ?? 0, 1)
        let shapes = buckets.enumerated().map { place, bucket in
            shape(bucket, left: Double(place) * step, breadth: step, highest: highest, isFirst: place == 0)
        }
        let summary = told(buckets.map(\.rows).reduce(0, +), buckets.map(\.errors).reduce(0, +))
        let start = buckets.first?.start ?? Date(timeIntervalSince1970: 0)
        return """
            <figure class="histogram">
            <figcaption><span>\(title)</span><span class="detail" aria-live="polite" data-readout="\(summary)">\(summary)</span></figcaption>
            <svg viewBox="0 0 \(Self.width) \(Self.height)" preserveAspectRatio="none" role="list" aria-label="\(title), \(period.label): \(summary)">
            \(shapes)
            </svg>
            <div class="axis" aria-hidden="true"><span data-moment="\(Timestamp.iso(start))"\(days)>\(moment(start))</span><span>at most \(PageText.count(highest)) a bar</span><span>now</span></div>
            </figure>
            """
    }

    private func shape(_ bucket: ActivityBucket, left: Double, breadth: Double, highest: Int, isFirst: Bool) -> HTML {
        func bar(_ name: String, _ height: Int, above foot: Int = 0) -> HTML {
            height == 0
                ? ""
                : "<rect class=\"\(name)\" x=\"\(Self.decimal(left + 0.5))\" y=\"\(Self.height - foot - height)\" width=\"\(Self.decimal(breadth - 1))\" height=\"\(height)\"/>"
        }
        func scaled(_ value: Int, atLeast lowest: Int) -> Int {
            value == 0 ? 0 : max(lowest, value * (Self.height - Self.lowest.rows - Self.lowest.errors) / highest)
        }
        let (rows, errors) = (
            scaled(bucket.rows, atLeast: Self.lowest.rows), scaled(bucket.errors, atLeast: Self.lowest.errors)
        )
        let text = told(bucket.rows, bucket.errors)
        let label = "\(moment(bucket.start)): \(text)"
        return """
            <g class="bar" role="listitem" tabindex="\(isFirst ? 0 : -1)" data-moment="\(Timestamp.iso(bucket.start))" data-label="\(text)"\(days) aria-label="\(label)"><title>\(label)</title>
            \(bar("reach", Self.height))\(bar("rows", rows))\(bar("errors", errors, above: rows))\(rows + errors == 0 ? bar("gap", 1) : "")</g>
            """
    }

    private func told(_ rows: Int, _ errors: Int) -> String {
        func count(_ value: Int, _ words: (one: String, many: String)) -> String {
            "\(PageText.count(value)) \(value == 1 ? words.one : words.many)"
        }
        return "\(count(rows, words.good)), \(count(errors, words.bad))"
    }

    private var days: HTML { period.spansDays ? " data-days=\"1\"" : "" }

    private func moment(_ date: Date) -> String {
        let text = Timestamp.plain(date)
        let clock = String(text.dropFirst(11).prefix(5))
        return (period.spansDays ? "\(text.prefix(10)) \(clock)" : clock) + " UTC"
    }

    private static func decimal(_ value: Double) -> String { String((value * 100).rounded() / 100) }
}
