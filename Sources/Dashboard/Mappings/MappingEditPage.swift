import Catalog
import Foundation
import WebServer

/// Makes or changes a mapping.
struct MappingEditPage {
    let user: User
    let connection: Connection
    /// The mapping that is changed; nil makes a new one.
    let mapping: Mapping?
    let objectName: String
    let fields: [FieldChoice]
    /// What the form says now: the stored configuration, or what was sent and refused.
    let access: MappingConfig.Access
    let intervalSeconds: Int
    let isNotified: Bool
    let upsertField: String?
    /// Why what was sent was refused.
    let fault: String?
    /// The SQL that saving will run, when it was asked for.
    let preview: SQLPreview?

    var html: HTML {
        let title = mapping.map { "Edit \($0.objectName)" } ?? "Map \(objectName)"
        return ConnectionFrame(user: user, connection: connection, tab: .mappings, erroredWrites: 0).page(
            title: title, isLive: false,
            """
            <h2>\(title)</h2>
            \(fault.map { "<p class=\"fault\" role=\"alert\" id=\"fault\">\($0)</p>" } ?? "")
            <form method="post" class="edit" action="\(action)">
            \(hidden)
            <div class="columns">
            \(accessChoice)
            \(options)
            </div>
            \(table)
            \(preview.map(sql) ?? "")
            <div class="actions"><button class="primary" type="submit">\(mapping == nil ? "Create mapping" : "Save")</button>
            <button type="submit" name="preview" value="1">Preview SQL</button>
            <a href="\(ConnectionFrame.Tab.mappings.path(connection.id))">Cancel</a></div>
            </form>
            """)
    }

    private func sql(_ preview: SQLPreview) -> HTML {
        let code: HTML =
            preview.statements.isEmpty
            ? "<p>The table stays as it is.</p>"
            : "<pre tabindex=\"0\" role=\"region\" aria-label=\"SQL\"><code>\(preview.statements.joined(separator: "\n"))</code></pre>"
        return """
            <section aria-labelledby="sql"><h2 id="sql">What saving will run</h2>\(code)
            \(preview.notes.map { "<p class=\"detail\">\($0)</p>" as HTML })</section>
            """
    }

    private var action: String {
        mapping.map { "\(MappingPage.path($0.id))/edit" } ?? "\(ConnectionFrame.path(connection.id))/new-mapping"
    }

    private var hidden: HTML {
        let revision: HTML = mapping.map { "<input type=\"hidden\" name=\"revision\" value=\"\($0.revision)\">" } ?? ""
        return "\(revision)<input type=\"hidden\" name=\"object\" value=\"\(objectName)\">"
    }

    private var accessChoice: HTML {
        func choice(_ access: MappingConfig.Access, _ label: String, _ text: String) -> HTML {
            let mark: HTML = access == self.access ? " checked" : ""
            return """
                <label class="choice"><input type="radio" name="access" value="\(access.rawValue)"\(mark)>
                <span>\(label)<span class="detail">\(text)</span></span></label>
                """
        }
        return """
            <fieldset><legend>Access</legend>
            \(choice(.readOnly, "Read only", "Salesforce to Postgres"))
            \(choice(.readWrite, "Read and write", "changes in the table go to Salesforce, too"))
            </fieldset>
            """
    }

    private var options: HTML {
        let identifiers = fields.filter(\.isIdentifier).map { field -> HTML in
            let mark: HTML = field.name.lowercased() == upsertField?.lowercased() ? " selected" : ""
            return "<option value=\"\(field.name)\"\(mark)>\(field.name)</option>"
        }
        let hint: HTML =
            identifiers.isEmpty ? "<p class=\"detail\">\(objectName) has no External ID that Salesforce keeps unique.</p>" : ""
        return """
            <fieldset><legend>Synchronization</legend>
            <label for="interval">Poll every (seconds)</label>
            <input id="interval" name="interval" type="number" min="10" max="86400" value="\(intervalSeconds)" required>
            <label class="choice"><input type="checkbox" name="notify" value="1"\(isNotified ? " checked" : "")>
            <span>Accelerated polling<span class="detail">change events start a poll at once, where the object has them</span></span></label>
            <label for="upsert">Unique identifier</label>
            <select id="upsert" name="upsert"><option value="">none</option>\(identifiers)</select>
            \(hint)
            </fieldset>
            """
    }

    private var table: HTML {
        DataTable(
            title: "Fields", id: "fields", columns: ["Mapped", "Field", "Type", "Column", "Index", "Unique index"], rows: fields.map(row),
            empty: "The org describes no field."
        ).html
    }

    private func row(_ field: FieldChoice) -> HTML {
        """
        <tr\(field.kind == .removed ? " class=\"removed\"" : "")>
        <td>\(box(field))</td>
        <th scope="row">\(field.name)\(note(field))</th>
        <td>\(field.type)</td>
        <td><code>\(field.column)</code></td>
        <td>\(index(field, name: "index", isChecked: field.isIndexed, label: "Index"))</td>
        <td>\(index(field, name: "unique", isChecked: field.isUniquelyIndexed, label: "Unique index"))</td>
        </tr>
        """
    }

    private func box(_ field: FieldChoice) -> HTML {
        let label: HTML = " aria-label=\"Map \(field.name)\""
        switch field.kind {
        case .unsupported: return "<input type=\"checkbox\" disabled\(label)>"
        // A disabled box is not sent, so what must be mapped goes beside it.
        case .system:
            return "<input type=\"checkbox\" checked disabled\(label)><input type=\"hidden\" name=\"field\" value=\"\(field.name)\">"
        default:
            let mark: HTML = field.isChosen ? " checked" : ""
            return "<input type=\"checkbox\" name=\"field\" value=\"\(field.name)\"\(mark)\(label)>"
        }
    }

    private func index(_ field: FieldChoice, name: String, isChecked: Bool, label: String) -> HTML {
        if case .unsupported = field.kind { return "" }
        return """
            <input type="checkbox" name="\(name)" value="\(field.name)"\(isChecked ? " checked" : "") aria-label="\(label) on \(field.name)">
            """
    }

    private func note(_ field: FieldChoice) -> HTML {
        switch field.kind {
        case .free: "<span class=\"detail\"> \(field.label)</span>"
        case .system: "<span class=\"detail\"> always mapped</span>"
        case .required: " \(Badge(label: "required to insert", tone: .wait).html)"
        case .parent: "<span class=\"detail\"> \(field.label)</span>"
        case .removed: " \(Badge(label: field.label, tone: .bad).html)"
        case .unsupported(let reason): "<span class=\"detail\"> \(reason)</span>"
        }
    }
}
