import Catalog
import WebServer

/// What somebody looks for by a few letters: pages, objects, rows by their Salesforce id. The script shows the same list in a window over any page.
struct FindPage {
    let user: User
    let query: String
    let findings: [Destination]

    var html: HTML {
        PageLayout(title: "Find", user: user).page(
            """
            <h1>Find</h1>
            <form method="get" class="filter" role="search"><label for="q">Object, page or Salesforce id</label>
            <input id="q" name="q" type="search" value="\(query)" maxlength="100" spellcheck="false" autocomplete="off"><button type="submit">Find</button></form>
            <div id="found">\(list)</div>
            """)
    }

    private var list: HTML {
        guard !findings.isEmpty else {
            return query.isEmpty ? "<p class=\"detail\">Type a few letters.</p>" : "<p class=\"empty\">Nothing is called like that.</p>"
        }
        return
            "<ul class=\"found\">\(findings.map { "<li><a href=\"\($0.address)\">\($0.label)<span class=\"detail\"> \($0.detail)</span></a></li>" as HTML })</ul>"
    }
}
