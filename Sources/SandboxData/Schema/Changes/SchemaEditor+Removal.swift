import SandboxBytes

extension SchemaEditor {
    /// `{"object", "field"}`
    mutating func removeField(_ change: JSON) throws(SchemaError) {
        let object = try object(change)
        try remove(try field(change, of: object), of: object)
    }

    private mutating func remove(_ field: FieldSchema, of object: ObjectSchema) throws(SchemaError) {
        guard !(field.document.nameField ?? false) else {
            throw Self.fail("field", "\(object.name).\(field.name) is the name of the records")
        }
        if let user = user(of: field, object) { throw Self.fail("field", "\(object.name).\(field.name) is used by \(user)") }
        var removed = object.removed.union([field.index])
        var fields = object.fields.all
        for other in object.fields {
            guard case .address(let components) = other.role, components.contains(where: { $0.field == field.index }) else { continue }
            // An address goes with the last of its components.
            let rest = components.filter { $0.field != field.index }
            if rest.isEmpty { removed.insert(other.index) }
            fields[other.index] = other.with(role: .address(rest))
        }
        if case .address(let components) = field.role { removed.formUnion(components.map(\.field)) }
        put(fields, of: object, removed: removed)
        touch(field.targets)
    }

    /// The custom formula, roll-up or rule that reads a field, because of which a real org would not let it go. Standard fields that show another
    /// one, such as CampaignMember.Title, go on showing what was there.
    private func user(of field: FieldSchema, _ object: ObjectSchema) -> String? {
        func reads(_ expression: FormulaExpression, _ start: Int) -> Bool {
            expression.paths.contains { path in
                if (path.objects.last ?? start) == object.index, path.field == field.index { return true }
                return zip([start] + path.objects, path.steps).contains { $0 == object.index && $1 == field.index }
            }
        }
        func sums(_ rollUp: RollUp) -> Bool {
            rollUp.child == object.index && (rollUp.reference == field.index || rollUp.field == field.index)
        }
        for other in schema.objects {
            for candidate in other.fields where candidate.isCustom && (other.index != object.index || candidate.index != field.index) {
                let isUser: Bool =
                    switch candidate.role {
                    case .formula(.join(let parts)): other.index == object.index && parts.contains(field.index)
                    case .formula(.multiply(let left, let right, _)): other.index == object.index && [left, right].contains(field.index)
                    case .formula(.expression(let expression)): reads(expression, other.index)
                    case .rollUp(let rollUp): sums(rollUp) || rollUp.filter.map { reads($0, rollUp.child) } ?? false
                    default: candidate.sumOfDetails.map(sums) ?? false
                    }
                if isUser { return "\(other.name).\(candidate.name)" }
            }
            for rule in other.rules.validations {
                if other.index == object.index, rule.field?.index == field.index { return "a validation rule of \(other.name)" }
                if case .formula(let formula) = rule.condition, reads(formula, other.index) { return "a validation rule of \(other.name)" }
            }
            if other.rules.triggers.contains(where: { reads($0.condition, other.index) }) { return "a trigger of \(other.name)" }
            guard other.index == object.index else { continue }
            if other.rules.followings.contains(where: { $0.sources.contains(field.index) }) {
                return "a field of \(other.name) that follows it"
            }
            if other.rules.duplicates.contains(where: { $0.fields.contains(field.index) }) { return "a duplicate rule of \(other.name)" }
        }
        return nil
    }

    /// `{"object": "My__c"}`: what could only refer to it or sum it up goes with it.
    mutating func removeObject(_ change: JSON) throws(SchemaError) {
        let object = try object(change)
        guard object.name != "User" else { throw Self.fail("object", "User stays: records are owned and changed by users") }
        drop(object)
        for other in schema.objects {
            for field in other.fields {
                guard let current = schema.current(other) else { continue }
                if case .rollUp(let rollUp) = field.role, rollUp.child == object.index {
                    try remove(field, of: current)
                } else if field.sumOfDetails?.child == object.index {
                    var fields = current.fields.all
                    fields[field.index] = FieldSchema(
                        index: field.index, document: field.document, role: field.role, generator: field.generator, targets: field.targets)
                    put(fields, of: current)
                } else if field.targets == [object.index] {
                    try remove(field, of: current)
                } else if field.targets.contains(object.index) {
                    put(withoutTarget(object, field, of: current), of: current)
                }
            }
        }
    }

    private func withoutTarget(_ object: ObjectSchema, _ field: FieldSchema, of current: ObjectSchema) -> [FieldSchema] {
        var document = field.document
        document.referenceTo = document.referenceTo?.filter { $0.lowercased() != object.name.lowercased() }
        var fields = current.fields.all
        fields[field.index] = FieldSchema(
            index: field.index, document: document, role: field.role, generator: field.generator,
            targets: field.targets.filter { $0 != object.index })
        return fields
    }
}
