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
    /// Parents' External IDs that may be mapped too; nil while nobody asked for them.
    let parents: ParentFields?
    let choices: MappingChoices
    /// Why what was sent was refused.
    let fault: String?
    /// What saving would mean, when it was asked for.
    let check: HTML

    var html: HTML {
        let title = mapping.map { "Edit \($0.objectName)" } ?? "Map \(objectName)"
        return ConnectionFrame(user: user, connection: connection, tab: .mappings, erroredWrites: 0).page(
            title: title, isLive: false,
            """
            <h2>\(title)</h2>
            \(fault.map { "<p class=\"fault\" role=\"alert\" id=\"fault\">\($0)</p>" } ?? "")
            <form method="post" class="edit" action="\(action)" data-checks="checks">
            \(hidden)
            \(choices.html(objectName: objectName, identifiers: fields.filter(\.isIdentifier)))
            \(table)
            \(parents.map(\.html) ?? ParentFields.later(address))
            <div class="foot">
            \(check)
            <div class="actions"><button class="primary" type="submit">\(mapping == nil ? "Create mapping" : "Save")</button>
            <button type="submit" name="preview" value="1" formnovalidate>Check and preview SQL</button>
            <a href="\(ConnectionFrame.Tab.mappings.path(connection.id))">Cancel</a></div>
            </div>
            </form>
            """)
    }

    /// The page's own address, from which parents' fields come later.
    private var address: String {
        PageAddress.make(action, [("object", mapping == nil ? objectName : nil), ("parents", "1")])
    }

    private var action: String {
        mapping.map { "\(MappingPage.path($0.id))/edit" } ?? "\(ConnectionFrame.path(connection.id))/new-mapping"
    }

    private var hidden: HTML {
        let revision: HTML = mapping.map { "<input type=\"hidden\" name=\"revision\" value=\"\($0.revision)\">" } ?? ""
        return "\(revision)<input type=\"hidden\" name=\"object\" value=\"\(objectName)\">"
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
        let isLocked = field.kind == .system || field.kind == .required && (field.isChosen || mapping == nil)
        switch field.kind {
        case .unsupported: return "<input type=\"checkbox\" disabled\(label)>"
        // A disabled box is not sent, so what must be mapped goes beside it.
        case _ where isLocked:
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
        case .required: "<span class=\"detail\"> \(field.label)</span> \(Badge(label: "required to insert", tone: .wait).html)"
        case .parent: "<span class=\"detail\"> \(field.label)</span>"
        case .removed: " \(Badge(label: field.label, tone: .bad).html)"
        case .unsupported(let reason): "<span class=\"detail\"> \(reason)</span>"
        }
    }
}
