import Catalog
import Foundation
import WebServer

/// Rows and errors by time as bars, drawn by the server, so that the page needs no library. A bar says what it holds when it is pointed
/// at or focused; the arrow keys go from bar to bar.
struct Histogram {
    let title: String
    let buckets: [ActivityBucket]
    let period: ActivityPeriod
    let now: Date
    /// What is counted, and what went wrong.
    var words: (good: String, bad: String) = ("rows", "errors")

    private static let width = 720
    private static let height = 96

    var html: HTML {
        let step = Double(Self.width) / Double(period.bars)
        let highest = max(spans.values.map { $0.rows + $0.errors }.max() ?? 0, 1)
        let shapes = spans.sorted { $0.key < $1.key }.enumerated().map { order, entry -> HTML in
            let bucket = entry.value
            let rows = bar(bucket.rows, of: highest)
            let errors = bar(bucket.errors, of: highest)
            let left = Self.decimal(Double(entry.key) * step + 0.5)
            let breadth = Self.decimal(step - 1)
            let told = "\(PageText.count(bucket.rows)) \(words.good), \(PageText.count(bucket.errors)) \(words.bad)"
            let label = "\(moment(bucket.start)): \(told)"
            return """
                <g class="bar" role="listitem" tabindex="\(order == 0 ? 0 : -1)" data-moment="\(Timestamp.iso(bucket.start))" data-label="\(told)"\(days) aria-label="\(label)"><title>\(label)</title>
                <rect class="reach" x="\(left)" y="0" width="\(breadth)" height="\(Self.height)"/>
                <rect class="rows" x="\(left)" y="\(Self.height - rows)" width="\(breadth)" height="\(rows)"/>
                <rect class="errors" x="\(left)" y="\(Self.height - rows - errors)" width="\(breadth)" height="\(errors)"/></g>
                """
        }
        let total = spans.values.map(\.rows).reduce(0, +)
        let errors = spans.values.map(\.errors).reduce(0, +)
        let summary = "\(PageText.count(total)) \(words.good), \(PageText.count(errors)) \(words.bad)"
        return """
            <figure class="histogram">
            <figcaption><span>\(title)</span><span class="detail" aria-live="polite" data-readout="\(summary)">\(summary)</span></figcaption>
            <svg viewBox="0 0 \(Self.width) \(Self.height)" preserveAspectRatio="none" role="list" aria-label="\(title), \(period.label): \(summary)">
            <line x1="0" y1="\(Self.height)" x2="\(Self.width)" y2="\(Self.height)"/>
            \(shapes)
            </svg>
            <div class="axis" aria-hidden="true"><span data-moment="\(Timestamp.iso(start))"\(days)>\(moment(start))</span><span>at most \(PageText.count(spans.isEmpty ? 0 : highest)) a bar</span><span>now</span></div>
            </figure>
            """
    }

    private var days: HTML { period.length > 86_400 ? " data-days=\"1\"" : "" }

    private var start: Date { Date(timeIntervalSince1970: Double(firstSpan * period.span)) }

    private var firstSpan: Int { Int(now.timeIntervalSince1970) / period.span - period.bars + 1 }

    /// What each bar holds, by its place from the left.
    private var spans: [Int: ActivityBucket] {
        var spans: [Int: ActivityBucket] = [:]
        for bucket in buckets {
            let place = Int(bucket.start.timeIntervalSince1970) / period.span - firstSpan
            if (0..<period.bars).contains(place) { spans[place] = bucket }
        }
        return spans
    }

    private func moment(_ date: Date) -> String {
        let text = Timestamp.plain(date)
        let clock = String(text.dropFirst(11).prefix(5))
        return (period.length > 86_400 ? "\(text.prefix(10)) \(clock)" : clock) + " UTC"
    }

    /// A bar's height; one that is not empty is never invisible.
    private func bar(_ value: Int, of highest: Int) -> Int {
        value == 0 ? 0 : max(2, value * (Self.height - 4) / highest)
    }

    private static func decimal(_ value: Double) -> String { String((value * 100).rounded() / 100) }
}

/// The menu that chooses the period; it works without a script.
struct PeriodMenu {
    let selected: ActivityPeriod

    var html: HTML {
        """
        <form class="period" method="get">
        <label for="period">Period</label>
        <select id="period" name="period" data-submits>
        \(ActivityPeriod.allCases.map { period -> HTML in
            let mark: HTML = period == selected ? " selected" : ""
            return "<option value=\"\(period.rawValue)\"\(mark)>\(period.label)</option>"
        })
        </select>
        <button type="submit" class="without-script">Show</button>
        </form>
        """
    }
}
