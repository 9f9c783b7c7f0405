import Catalog
import Foundation

/// Rows by minute as bars, drawn by the server so that the page needs no library.
struct ActivityChart {
    static let period = Duration.seconds(3600)
    static let span = Duration.seconds(60)
    private static let bars = 60
    private static let width = 600
    private static let height = 90
    let buckets: [ActivityBucket]
    let now: Date

    func svg(_ direction: SyncDirection, title: String) -> HTML {
        let first = (now.timeIntervalSince1970 / 60).rounded(.down) - Double(Self.bars - 1)
        var spans: [Int: ActivityBucket] = [:]
        for bucket in buckets where bucket.direction == direction { spans[Int(bucket.start.timeIntervalSince1970 / 60 - first)] = bucket }
        let highest = max(spans.values.map { $0.rows + $0.errors }.max() ?? 0, 1)
        let step = Self.width / Self.bars
        let shapes = (0..<Self.bars).compactMap { position -> HTML? in
            guard let bucket = spans[position] else { return nil }
            let rows = bar(bucket.rows, of: highest)
            let errors = bar(bucket.errors, of: highest)
            let minute = String(Timestamp.plain(bucket.start).dropFirst(11).prefix(5))
            return """
                <g><title>\(minute) UTC: \(PageText.count(bucket.rows)) rows, \(PageText.count(bucket.errors)) errors</title>
                <rect class="rows" x="\(position * step + 1)" y="\(Self.height - rows)" width="\(step - 2)" height="\(rows)"/>
                <rect class="errors" x="\(position * step + 1)" y="\(Self.height - rows - errors)" width="\(step - 2)" height="\(errors)"/></g>
                """
        }
        let total = spans.values.map(\.rows).reduce(0, +)
        let errors = spans.values.map(\.errors).reduce(0, +)
        let summary =
            "\(PageText.count(total)) rows, \(PageText.count(errors)) errors, at most \(PageText.count(spans.isEmpty ? 0 : highest)) in a minute"
        return """
            <figure>
            <figcaption>\(title): \(summary)</figcaption>
            <svg viewBox="0 0 \(Self.width) \(Self.height)" role="img" aria-label="\(title): \(summary)">
            <line x1="0" y1="\(Self.height)" x2="\(Self.width)" y2="\(Self.height)"/>
            \(shapes)
            </svg>
            </figure>
            """
    }

    /// A bar's height; one that is not empty is never invisible.
    private func bar(_ value: Int, of highest: Int) -> Int {
        value == 0 ? 0 : max(2, value * (Self.height - 4) / highest)
    }
}
