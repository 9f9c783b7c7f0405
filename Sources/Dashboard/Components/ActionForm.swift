import WebServer

/// A button that acts, as a form of its own, so that it works without a script.
struct ActionForm {
    let label: String
    let action: String
    /// What it acts on, for who only hears the page.
    var target: String?
    var isDangerous = false
    /// What there is to know before it is pressed.
    var detail: String?
    /// What is sent along.
    var fields: [(name: String, value: String)] = []

    var html: HTML {
        let spoken: HTML = target.map { "<span class=\"unseen\"> \($0)</span>" } ?? ""
        let note: HTML = detail.map { "<span class=\"detail\"> \($0)</span>" } ?? ""
        let hidden = fields.map { "<input type=\"hidden\" name=\"\($0.name)\" value=\"\($0.value)\">" as HTML }
        return """
            <form method="post" action="\(action)">\(hidden)<button type="submit"\(isDangerous ? " class=\"danger\"" : "")>\(label)\(spoken)\(note)</button></form>
            """
    }
}
