import Foundation
import WebServer

/// How far a load is, how fast it goes, and when it will have ended if it goes on like that.
struct LoadReport: Equatable {
    /// Rows that are there.
    let rows: Int
    /// Rows that there will be, as far as anybody knows.
    let expected: Int?
    /// Seconds since it began.
    let seconds: Double

    /// Rows a second; nil before there is anything to measure.
    var rate: Double? { rows > 0 && seconds >= 1 ? Double(rows) / seconds : nil }

    /// Seconds until it ends; nil where nobody can tell.
    var left: Double? {
        guard let rate, let expected, expected > rows else { return nil }
        return Double(expected - rows) / rate
    }

    var html: HTML {
        let speed = rate.map { "\(PageText.count(Int($0.rounded()))) rows/s" }
        let rest = left.map { "about \(PageText.age($0)) left" }
        let words = [speed, rest].compactMap { $0 }.joined(separator: ", ")
        guard let expected, expected > 0 else {
            return "<p class=\"progress\">\(PageText.count(rows)) rows so far <span class=\"detail\">\(words)</span></p>"
        }
        return
            "<p class=\"progress\">\(ProgressBar(done: rows, of: expected, label: "Rows loaded").html) <span class=\"detail\">\(words)</span></p>"
    }
}
