/// A button that acts, as a form of its own, so that it works without a script.
struct ActionForm {
    let label: String
    let action: String
    /// What it acts on, for who only hears the page.
    var target: String?
    var isDangerous = false

    var html: HTML {
        let spoken: HTML = target.map { "<span class=\"unseen\"> \($0)</span>" } ?? ""
        return """
            <form method="post" action="\(action)"><button type="submit"\(isDangerous ? " class=\"danger\"" : "")>\(label)\(spoken)</button></form>
            """
    }
}
