import Catalog
import WebServer

/// What saving a mapping as the form has it would mean: what the org says of it, and the SQL that it brings.
struct MappingCheck {
    /// What the API's diagnosis says, or why it says nothing.
    enum Opinion {
        case findings(JSONValue)
        case silent(String)
    }

    let opinion: Opinion
    let preview: SQLPreview

    /// The place where it stands before anything was checked.
    static let unasked: HTML = "<div id=\"checks\" class=\"checks\" aria-live=\"polite\"><p class=\"detail\">Not checked yet.</p></div>"

    /// The same place where the form itself cannot be read.
    static func refused(_ fault: String) -> HTML {
        "<div id=\"checks\" class=\"checks\" aria-live=\"polite\"><p class=\"fault\">\(fault)</p></div>"
    }

    var html: HTML {
        """
        <div id="checks" class="checks" aria-live="polite">
        \(verdict)
        \(sql)
        </div>
        """
    }

    private var verdict: HTML {
        switch opinion {
        case .silent(let reason): return "<p class=\"detail\">Could not be checked: \(reason)</p>"
        case .findings(let document):
            let (errors, warnings) = (document.list("errors"), document.list("warnings"))
            if errors.isEmpty, warnings.isEmpty {
                return
                    "<p>\(Badge(label: "no objections", tone: .good).html) <span class=\"detail\">\(document.list("passes").count) rules hold</span></p>"
            }
            func lines(_ findings: [JSONValue], _ word: String, _ tone: Badge.Tone) -> HTML {
                HTML(
                    findings.map {
                        "<li>\(Badge(label: word, tone: tone).html) <strong>\($0.text("display_name"))</strong> \($0.text("message"))</li>"
                    })
            }
            return "<ul class=\"plain findings\">\(lines(errors, "error", .bad))\(lines(warnings, "warning", .wait))</ul>"
        }
    }

    private var sql: HTML {
        let code: HTML =
            preview.statements.isEmpty
            ? "<p>The table stays as it is.</p>"
            : "<pre tabindex=\"0\" role=\"region\" aria-label=\"SQL\"><code>\(preview.statements.joined(separator: "\n"))</code></pre>"
        return """
            <details open><summary>SQL that saving will run</summary>\(code)
            \(preview.notes.map { "<p class=\"detail\">\($0)</p>" as HTML })</details>
            """
    }
}
