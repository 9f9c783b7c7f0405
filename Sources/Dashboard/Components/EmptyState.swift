import WebServer

/// What stands where there is nothing yet, and what to do about it.
struct EmptyState: ExpressibleByStringInterpolation {
    let html: HTML

    init(stringLiteral value: String) { html = "<p class=\"empty\">\(value)</p>" }

    /// With the way on: what to read, run or press.
    init(_ text: String, next: HTML) { html = "<div class=\"empty\"><p>\(text)</p>\(next)</div>" }
}
