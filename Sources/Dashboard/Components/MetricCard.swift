import WebServer

/// One figure that matters, with what it means under it.
struct MetricCard {
    let name: String
    let value: HTML
    var detail: HTML = ""
    var isAlarming = false

    var html: HTML {
        """
        <div class="metric\(isAlarming ? " alarming" : "")"><dt>\(name)</dt><dd>\(value)<span class="detail">\(detail)</span></dd></div>
        """
    }

    /// Several figures in a row.
    static func row(_ cards: [MetricCard]) -> HTML { "<dl class=\"metrics\">\(cards.map(\.html))</dl>" }
}
