import Catalog
import Foundation
import WebServer

/// Takes a configuration file: first it shows what would change, then it is imported.
struct ImportPage {
    let user: User
    let connection: Connection
    var text = ""
    var preview: ImportPreview?
    var fault: String?

    static func path(_ connection: UUID) -> String { "\(ConnectionFrame.path(connection))/import" }

    var html: HTML {
        ConnectionFrame(user: user, connection: connection, tab: .settings, erroredWrites: 0).page(
            title: "Import", isLive: false,
            """
            <h2>Import a configuration</h2>
            \(fault.map { "<p class=\"fault\" role=\"alert\" id=\"fault\">\($0)</p>" } ?? "")
            \(preview.map(table) ?? form)
            """)
    }

    private var form: HTML {
        """
        <form method="post" class="edit card" action="\(Self.path(connection.id))">
        <label for="file">File</label>
        <input id="file" type="file" accept="application/json,.json" data-fills="export">
        <label for="export">Or its text</label>
        <textarea id="export" name="export" rows="12" required spellcheck="false">\(text)</textarea>
        <p class="detail">An export of a connection, of this or of Heroku Connect. Nothing changes before you have seen what would.</p>
        <div class="actions"><button class="primary" type="submit">Show what would change</button>
        <a href="\(ConnectionFrame.Tab.settings.path(connection.id))">Cancel</a></div>
        </form>
        """
    }

    private func table(_ preview: ImportPreview) -> HTML {
        let rows = preview.lines.map { line -> HTML in
            let tone: Badge.Tone =
                switch line.kind {
                case .new: .good
                case .changed, .orphaned: .wait
                case .same: .plain
                }
            return """
                <tr><th scope="row">\(line.object)</th><td>\(Badge(label: line.kind.rawValue, tone: tone).html)</td>
                <td class="text">\(line.changes.isEmpty ? "nothing changes" : line.changes.joined(separator: "; "))</td></tr>
                """
        }
        return """
            \(DataTable(title: "What would change", id: "preview", columns: ["Object", "Mapping", "Change"], rows: rows, empty: "The file names no mapping.").html)
            <form method="post" action="\(Self.path(connection.id))">
            <textarea name="export" hidden aria-label="The file">\(text)</textarea><input type="hidden" name="agreed" value="1">
            <div class="actions"><button class="primary" type="submit">Import</button><a href="\(Self.path(connection.id))">Another file</a></div>
            </form>
            """
    }
}
