import Catalog
import Foundation
import WebServer

/// Takes over a schema that Heroku Connect filled: first it is told what would be done, then it is.
struct AdoptPage {
    /// How far it is.
    enum Stage {
        /// The mappings are asked for.
        case file
        /// A worker looks what would be done; the inquiry's id.
        case looking(String)
        /// What would be done.
        case plan(AdoptionDocument)
    }

    let user: User
    let connection: Connection
    var stage = Stage.file
    /// The mappings as a file; empty for those that the connection has.
    var text = ""
    var fault: String?

    static func path(_ connection: UUID) -> String { "\(ConnectionFrame.path(connection))/adopt" }

    private var path: String { Self.path(connection.id) }

    var html: HTML {
        ConnectionFrame(user: user, connection: connection, tab: .settings, erroredWrites: 0).page(
            title: "Adopt a schema", isLive: false,
            """
            <h2>Adopt the schema \(connection.schemaName)</h2>
            \(fault.map { "<p class=\"fault\" role=\"alert\" id=\"fault\">\($0)</p>" } ?? "")
            \(step)
            """)
    }

    private var step: HTML {
        switch stage {
        case .file: form
        case .looking(let inquiry):
            """
            <p role="status">A worker looks at the schema and at Salesforce. Nothing is changed.</p>
            <form method="post" action="\(path)" data-again>\(carried)<input type="hidden" name="inquiry" value="\(inquiry)">
            <div class="actions"><button type="submit">Look again</button>
            <a href="\(ConnectionFrame.Tab.jobs.path(connection.id))">Jobs</a></div></form>
            """
        case .plan(let report):
            """
            \(report.html)
            <div class="actions">\(report.isSound
                ? "<form method=\"post\" action=\"\(path)\">\(carried)<input type=\"hidden\" name=\"mode\" value=\"adopt\"><button class=\"primary\" type=\"submit\">Adopt</button></form>"
                : "<form method=\"post\" action=\"\(path)\">\(carried)<button type=\"submit\">Look again</button></form>")
            <a href="\(path)">Another file</a></div>
            """
        }
    }

    private var carried: HTML { "<textarea name=\"export\" hidden aria-label=\"The file\">\(text)</textarea>" }

    private var form: HTML {
        """
        <form method="post" class="edit card" action="\(path)">
        <p>Pause Heroku Connect first, so that only one of the two writes. Nothing changes before you have seen what would.</p>
        <label for="file">What <code>heroku connect:export</code> wrote</label>
        <input id="file" type="file" accept="application/json,.json" data-fills="export">
        <label for="export">Or its text; empty for the mappings that the connection has</label>
        <textarea id="export" name="export" rows="12" spellcheck="false">\(text)</textarea>
        <div class="actions"><button class="primary" type="submit">Show what would be done</button>
        <a href="\(ConnectionFrame.Tab.settings.path(connection.id))">Cancel</a></div>
        </form>
        """
    }
}
