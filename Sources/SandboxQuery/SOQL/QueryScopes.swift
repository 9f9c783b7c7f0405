package import SandboxData

/// The scopes of USING SCOPE that an object's describe offers, with Salesforce's labels.
package struct QueryScopes {
    package let object: ObjectSchema

    package init(object: ObjectSchema) {
        self.object = object
    }

    package var names: [String] { object.document.scopes ?? (object.ownerField == nil ? ["everything"] : ["everything", "mine"]) }

    package func label(_ name: String) -> String {
        let records = object.labelPlural.lowercased()
        return switch name {
        case "everything": "All \(records)"
        case "mine": "My \(records)"
        case "team": "My team's \(records)"
        case "scopingRule": "Filter by scope"
        case "queue_owned": "Queue owned \(records)"
        case "user_owned": "User owned \(records)"
        case "delegated": "My delegated \(records)"
        case "genericteam": "My \(object.label.lowercased()) teams \(records)"
        case "team_by_role": "My role-based team's \(records)"
        default: name
        }
    }

    /// Rules that narrow what people see came later than the other scopes.
    package func names(in version: Int) -> [String] { version < 50 ? names.filter { $0 != "scopingRule" } : names }
}

extension ObjectSchema {
    fileprivate var ownerField: FieldSchema? { field("OwnerId") }
}
