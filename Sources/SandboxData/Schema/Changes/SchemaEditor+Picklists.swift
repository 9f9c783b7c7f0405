import SandboxBytes

extension SchemaEditor {
    private func picklist(_ change: JSON) throws(SchemaError) -> (object: ObjectSchema, field: FieldSchema, value: String) {
        let object = try object(change)
        let field = try field(change, of: object)
        guard field.type == .picklist || field.type == .multipicklist else {
            throw Self.fail("field", "\(object.name).\(field.name) is no picklist")
        }
        return (object, field, try text(change, "value", "a value of the picklist"))
    }

    private mutating func put(_ values: [String], _ field: FieldSchema, of object: ObjectSchema) {
        var fields = object.fields.all
        var document = field.document
        document.picklistValues = values
        fields[field.index] = field.with(document: document)
        put(fields, of: object)
    }

    /// `{"object", "field", "value"}`
    mutating func addPicklistValue(_ change: JSON) throws(SchemaError) {
        let (object, field, value) = try picklist(change)
        let values = field.document.picklistValues ?? []
        guard !values.contains(value) else { throw Self.fail("value", "'\(value)' is there already") }
        put(values + [value], field, of: object)
    }

    /// `{"object", "field", "value"}`: deactivates it, so that describe shows it no longer, and a restricted picklist takes it no longer; records
    /// keep it.
    mutating func removePicklistValue(_ change: JSON) throws(SchemaError) {
        let (object, field, value) = try picklist(change)
        let values = field.document.picklistValues ?? []
        guard values.contains(value), values.count > 1 else { throw Self.fail("value", "'\(value)' is not there, or is the last one") }
        put(values.filter { $0 != value }, field, of: object)
    }

    /// `{"object", "field", "value", "name"}`: records that have the value get the new one, without a new stamp.
    mutating func renamePicklistValue(_ change: JSON) throws(SchemaError) {
        let (object, field, value) = try picklist(change)
        let name = try text(change, "name", "the new value")
        let values = field.document.picklistValues ?? []
        guard values.contains(value), !values.contains(name) else { throw Self.fail("value", "'\(value)' is not there, or '\(name)' is") }
        let isMultiple = field.type == .multipicklist
        let rename: @Sendable (Value) -> Value = { old in
            guard case .text(let text) = old else { return old }
            guard isMultiple else { return text == value ? .text(name) : old }
            let parts = text.split(separator: ";", omittingEmptySubsequences: false).map { $0 == value ? name : String($0) }
            return .text(parts.joined(separator: ";"))
        }
        put(values.map { $0 == value ? name : $0 }, field.with(generator: FieldGenerator(converting: field.generator, rename)), of: object)
        note(.rewrite(object: object.index, field: field.index, rename))
    }
}
