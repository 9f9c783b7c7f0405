import Catalog
import Foundation
import WebServer

/// What an adoption would do, did, or took back, as the API reports it.
struct AdoptionDocument {
    let document: JSONValue
    let now: Date

    var isSound: Bool { document["sound"] == true }
    var mode: String { document.text("mode") }

    var html: HTML {
        let alterations = document.list("alterations").compactMap(\.string)
        let head: String =
            switch (mode, isSound) {
            case (_, false): "Nothing was changed. What is in the way:"
            case ("adopt", _): "The schema is adopted. What was done:"
            case ("take_back", _): "The adoption was taken back. What was undone:"
            default: "The schema can be adopted. What would be done:"
            }
        let problems = document.list("problems").compactMap(\.string)
        return """
            <section class="card" aria-labelledby="report"><h3 id="report">\(head)</h3>
            \(list(problems, class: "alarm"))
            \(isSound || mode == "plan" ? list(alterations.isEmpty ? ["nothing in the database"] : alterations) : "")
            \(list(document.list("remains").compactMap(\.string).map { "stays: \($0)" }, class: "detail"))
            \(list(document.list("warnings").compactMap(\.string).map { "look at: \($0)" }, class: "detail"))
            </section>
            \(tables)
            """
    }

    private func list(_ lines: [String], class name: String = "") -> HTML {
        lines.isEmpty ? "" : "<ul class=\"\(name)\">\(lines.map { "<li>\($0)</li>" as HTML })</ul>"
    }

    private var tables: HTML {
        guard mode != "take_back" else { return "" }
        return DataTable(
            title: "Mappings", id: "adopted",
            columns: ["Object", "Table", .number("Rows that stay"), "Read from", "Load", .number("Changes to be written"), "In the way"],
            rows: document.list("mappings").map { mapping in
                let waiting = (mapping["waiting"]?.members ?? []).compactMap(\.value.integer).reduce(0, +)
                return """
                    <tr><th scope="row">\(mapping.text("object_name"))</th><td><code>\(mapping.text("table"))</code></td>
                    <td class="number">\(mapping["rows_exact"] == false ? "about " : "")\(PageText.count(mapping.count("rows")))</td>
                    <td>\(mapping["known"] == true ? "kept in step already" : PageText.time(mapping.time("reads_from"), now: now))</td>
                    <td>\(mapping["load"]?.string ?? "none")</td><td class="number">\(PageText.count(waiting))</td>
                    <td class="text alarm">\(mapping["problem"]?.string ?? "")</td></tr>
                    """
            }, empty: "The file names no mapping."
        ).html
    }
}
