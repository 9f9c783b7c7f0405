import Catalog
import WebServer

/// Asks before something is destroyed and says what it will touch.
struct ConfirmationPage {
    let user: User
    let connection: Connection
    var tab = ConnectionFrame.Tab.mappings
    let question: String
    /// What will happen, a sentence each.
    let consequences: [String]
    let action: ActionForm
    let back: String

    var html: HTML {
        ConnectionFrame(user: user, connection: connection, tab: tab, erroredWrites: 0).page(
            title: question, isLive: false,
            """
            <section class="confirmation" aria-labelledby="question">
            <h2 id="question">\(question)</h2>
            <ul>\(consequences.map { "<li>\($0)</li>" as HTML })</ul>
            <div class="actions">\(action.html)<a href="\(back)">Cancel</a></div>
            </section>
            """)
    }
}
