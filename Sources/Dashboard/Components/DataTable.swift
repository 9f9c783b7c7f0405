import WebServer

/// A table that scrolls inside its own frame, under a heading that names it; without rows it says what to do instead.
struct DataTable {
    /// A column: what stands at its head, and whether it holds numbers.
    struct Column: ExpressibleByStringLiteral {
        let name: String
        let isNumber: Bool

        init(stringLiteral value: String) { self.init(name: value, isNumber: false) }

        private init(name: String, isNumber: Bool) {
            self.name = name
            self.isNumber = isNumber
        }

        static func number(_ name: String) -> Column { Column(name: name, isNumber: true) }

        fileprivate var head: HTML {
            isNumber ? "<th scope=\"col\" class=\"number\">\(name)</th>" : "<th scope=\"col\">\(name)</th>"
        }
    }

    let title: String
    /// The heading's id, by which addresses and screen readers find the table.
    let id: String
    let columns: [Column]
    let rows: [HTML]
    /// What stands there while there are no rows.
    let empty: EmptyState
    /// What stands beside the heading, such as a filter.
    var tools: HTML = ""

    var html: HTML {
        """
        <section>
        <div class="heading"><h2 id="\(id)">\(title)</h2>\(tools)</div>
        \(rows.isEmpty ? empty.html : frame)
        </section>
        """
    }

    private var frame: HTML {
        """
        <div class="scroll" tabindex="0" role="region" aria-labelledby="\(id)">
        <table>
        <thead><tr>\(columns.map(\.head))</tr></thead>
        <tbody>
        \(rows)
        </tbody>
        </table>
        </div>
        """
    }
}
