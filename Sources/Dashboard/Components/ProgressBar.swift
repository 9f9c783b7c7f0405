import WebServer

/// How far something is that knows its end.
struct ProgressBar {
    let done: Int
    let of: Int
    let label: String

    var html: HTML {
        let whole = max(of, 1)
        return """
            <progress max="\(whole)" value="\(min(max(done, 0), whole))" aria-label="\(label)"></progress>
            <span class="detail">\(PageText.count(done)) of \(PageText.count(of))</span>
            """
    }
}
