import Catalog
import WebServer

/// Parents' External IDs, by which a row may name its parent before it knows the parent's Salesforce id.
struct ParentFields {
    /// One that may be mapped.
    struct Choice: Sendable, Equatable {
        /// As configurations spell it: `Account__External_Id__c`.
        let name: String
        let parent: String
        let field: JSONValue
    }

    /// All of them, also those that are mapped.
    let all: [Choice]
    /// Those that are not.
    let choices: [Choice]
    /// Parents of which Salesforce has said nothing yet.
    let unknown: [String]

    /// - Parameters:
    ///   - schema: the object.
    ///   - parents: what the org says of its parents, by name; nil where it has not answered.
    ///   - chosen: fields that are mapped already, which stand among the others.
    init(schema: JSONValue, parents: [String: JSONValue?], chosen: [String]) {
        let taken = Set(chosen.map(SalesforceName.column(ofField:)))
        all = Self.relations(schema).flatMap { relationship, parent in
            (parents[parent].flatMap { $0 }?.list("fields") ?? []).filter { $0["externalId"] == true }.map { field in
                Choice(name: "\(relationship)__\(field.text("name"))", parent: parent, field: field)
            }
        }
        choices = all.filter { !taken.contains(SalesforceName.column(ofField: $0.name)) }
        unknown = parents.filter { $0.value == nil }.keys.sorted()
    }

    /// The relationships of an object, each with the one object that it leads to; one that leads to several has no External ID of its own.
    static func relations(_ schema: JSONValue) -> [(relationship: String, parent: String)] {
        schema.list("fields").compactMap { field in
            let parents = field.list("referenceTo").compactMap(\.string)
            guard let relationship = field["relationshipName"]?.string, parents.count == 1 else { return nil }
            return (relationship, parents[0])
        }
    }

    /// The place where they come to stand once they are there: each parent is asked for at Salesforce.
    static func later(_ address: String) -> HTML {
        """
        <div id="parents" data-late="\(address)" aria-busy="true">
        <p class="without-script"><a href="\(address)">Offer parents’ External IDs, too</a> (what is not saved is lost)</p></div>
        """
    }

    var html: HTML {
        let missing: HTML =
            unknown.isEmpty ? "" : "<p class=\"detail\">Salesforce has not described \(unknown.joined(separator: ", ")) yet.</p>"
        return """
            <div id="parents"><input type="hidden" name="parents" value="1">
            \(DataTable(
                title: "External IDs of parents", id: "parent-fields", columns: ["Mapped", "Field", "Parent", "Type", "Column"],
                rows: choices.map(row), empty: "No parent has an External ID that is not mapped."
            ).html)
            \(missing)</div>
            """
    }

    private func row(_ choice: Choice) -> HTML {
        """
        <tr><td><input type="checkbox" name="field" value="\(choice.name)" aria-label="Map \(choice.name)"></td>
        <th scope="row">\(choice.name)<span class="detail"> \(choice.field.text("label"))</span></th>
        <td>\(choice.parent)</td><td>\(choice.field.text("type"))</td><td><code>\(SalesforceName.column(ofField: choice.name))</code></td></tr>
        """
    }
}
