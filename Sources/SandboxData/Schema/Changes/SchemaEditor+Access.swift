import SandboxBytes

extension SchemaEditor {
    /// `{"object", "set": {"createable": false}}`: what the user of the API may do with the object's records; null means what describe says of
    /// it otherwise.
    mutating func changeObject(_ change: JSON) throws(SchemaError) {
        let object = try object(change)
        var document = object.document
        guard let set = change["set"]?.members, !set.isEmpty else {
            throw Self.fail("set", "expected createable, updateable or deletable")
        }
        for member in set {
            guard member.value.bool != nil || member.value == .null else {
                throw Self.fail("set.\(member.key)", "expected true, false or null")
            }
            switch member.key {
            case "createable": document.createable = member.value.bool
            case "updateable": document.updateable = member.value.bool
            case "deletable": document.deletable = member.value.bool
            default: throw Self.fail("set.\(member.key)", "expected createable, updateable or deletable")
            }
        }
        put(
            ObjectSchema(
                index: object.index, document: document, fields: object.fields.all, rules: object.rules, removed: object.removed,
                modified: modified))
    }
}
