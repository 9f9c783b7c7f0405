import Catalog
import Foundation
import WebServer

/// Rows beside their records. What Salesforce holds is fetched when the page is there already, by the script or by a link.
struct ExplorerRows {
    /// What became of the question.
    enum Answer {
        /// Rows, with or without their records.
        case rows(JSONValue)
        /// Only Salesforce can tell, and it was not asked yet.
        case notAsked
        /// It could not be told, and why.
        case refused(String)
    }

    let connection: Connection
    let mapping: Mapping
    let query: ExplorerQuery
    let role: Role
    let answer: Answer

    var html: HTML {
        """
        <div id="compared"\(late)>
        \(content)
        </div>
        """
    }

    /// With what the script replaces this, once it is there.
    private var late: HTML {
        query.looks ? "" : " data-late=\"\(query.address(connection.id, looks: true))\" aria-busy=\"true\""
    }

    private var content: HTML {
        switch answer {
        case .notAsked:
            return DataTable(
                title: mapping.objectName, id: "rows", columns: [], rows: [],
                empty: EmptyState("Salesforce is asked which rows these are. This takes a few seconds.", next: look)
            ).html
        case .refused(let reason):
            return DataTable(
                title: mapping.objectName, id: "rows", columns: [], rows: [],
                empty: EmptyState(reason, next: "<p><a href=\"\(query.address(connection.id, looks: true))\">Try again</a></p>")
            ).html
        case .rows(let document):
            let missing = document["salesforce_missing"]?.string.flatMap { query.looks ? $0 : nil }
            return """
                \(missing.map { "<p class=\"fault\" role=\"status\">Salesforce's side is missing: \($0)</p>" } ?? "")
                \(DataTable(
                    title: mapping.objectName, id: "rows",
                    columns: [.number("Row"), "Record", "State", "Differences", "Actions"],
                    rows: document.list("results").map { ExplorerRow(connection: connection, mapping: mapping, role: role, row: $0, isCompared: query.looks).html },
                    empty: "No row is like that.", tools: look).html)
                \(pager(document))
                """
        }
    }

    private var look: HTML {
        query.looks ? "" : "<a class=\"without-script\" href=\"\(query.address(connection.id, looks: true))\">Compare with Salesforce</a>"
    }

    private func pager(_ document: JSONValue) -> HTML {
        guard let after = document.cursor("after") else { return "" }
        let address = query.address(connection.id, after: after)
        return "<nav class=\"pager\" aria-label=\"Pages\"><a href=\"\(address)\" rel=\"next\">Next rows</a></nav>"
    }
}
