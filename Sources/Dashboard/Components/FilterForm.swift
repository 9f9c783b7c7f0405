import WebServer

/// Narrows down what a page lists; its choices are part of the address. With scripts a choice acts at once, without them there is a button.
struct FilterForm {
    enum Field {
        /// One of several, each with its label.
        case choice(name: String, label: String, options: [(value: String, label: String)], selected: String)
        /// A text to look for.
        case text(name: String, label: String, value: String, hint: String)
    }

    let fields: [Field]
    var button = "Show"
    /// Where the list is, when that is another page.
    var action: String?

    var html: HTML {
        let hasText = fields.contains { if case .text = $0 { true } else { false } }
        return """
            <form class="filter" method="get"\(action.map { " action=\"\($0)\"" as HTML } ?? "")>
            \(fields.map(line))
            <button type="submit"\(hasText ? "" : " class=\"without-script\"")>\(button)</button>
            </form>
            """
    }

    private func line(_ field: Field) -> HTML {
        switch field {
        case .choice(let name, let label, let options, let selected):
            let list = options.map { option -> HTML in
                let mark: HTML = option.value == selected ? " selected" : ""
                return "<option value=\"\(option.value)\"\(mark)>\(option.label)</option>"
            }
            return "<label for=\"\(name)\">\(label)</label> <select id=\"\(name)\" name=\"\(name)\" data-submits>\(list)</select>"
        case .text(let name, let label, let value, let hint):
            return """
                <label for="\(name)">\(label)</label> <input id="\(name)" name="\(name)" type="search" value="\(value)" placeholder="\(hint)" maxlength="200">
                """
        }
    }
}
