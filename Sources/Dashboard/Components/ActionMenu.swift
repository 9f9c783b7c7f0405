import WebServer

/// What can be done with one row, behind one button. It opens without a script; with one, Escape and a click elsewhere close it.
struct ActionMenu {
    enum Item {
        /// Goes somewhere.
        case link(String, to: String)
        /// Acts at once.
        case action(ActionForm)
        /// Cannot be used now, and why.
        case unavailable(String, because: String)
    }

    /// What the actions are for.
    let name: String
    let items: [Item]

    var html: HTML {
        """
        <details class="menu">
        <summary><span aria-hidden="true">Actions ▾</span><span class="unseen">Actions of \(name)</span></summary>
        <ul>
        \(items.map(line))
        </ul>
        </details>
        """
    }

    private func line(_ item: Item) -> HTML {
        switch item {
        case .link(let label, let address): "<li><a href=\"\(address)\">\(label)<span class=\"unseen\"> \(name)</span></a></li>"
        case .action(let form): "<li>\(form.html)</li>"
        case .unavailable(let label, let reason): "<li class=\"unavailable\">\(label)<span class=\"reason\">\(reason)</span></li>"
        }
    }
}
