/// Formulas, roll-ups and rules.
extension SchemaBuilder {
    package func scope(_ object: Int) -> FormulaScope {
        FormulaScope(
            objects: document.objects.indices.map { (document.objects[$0].name, listed($0)) }, object: object)
    }

    private func condition(_ text: String, object: Int, place: String) throws(SchemaError) -> FormulaExpression {
        do {
            return try FormulaParser.condition(text, in: scope(object))
        } catch {
            throw fail(place, "\(error.message) (character \(error.offset + 1))")
        }
    }

    package func expression(_ text: String, of field: FieldDocument, object: Int, place: String) throws(SchemaError) -> FormulaExpression {
        guard [.text, .number, .boolean, .date, .datetime].contains(FormulaType(field.type)), field.type != .address else {
            throw fail(place, "a field of type \(field.type.rawValue) cannot be a formula")
        }
        let result: FormulaParser.Typed
        do {
            result = try FormulaParser.parse(text, in: scope(object))
        } catch {
            throw fail(place, "\(error.message) (character \(error.offset + 1))")
        }
        guard result.type.fits(FormulaType(field.type)) else {
            throw fail(
                place,
                "Formula result is data type (\(result.type.rawValue)), incompatible with expected data type (\(FormulaType(field.type).rawValue))."
            )
        }
        return result.expression
    }

    package func rollUp(_ rollUp: RollUpDocument, of field: FieldDocument, object: Int, place: String) throws(SchemaError) -> RollUp {
        guard let child = document.objects.firstIndex(where: { $0.name.lowercased() == rollUp.object.lowercased() }) else {
            throw fail("\(place).object", "no object '\(rollUp.object)' in the schema")
        }
        let fields = listed(child)
        guard let reference = fields.firstIndex(where: { $0.name.lowercased() == rollUp.reference.lowercased() }),
            fields[reference].referenceTo?.contains(where: { $0.lowercased() == document.objects[object].name.lowercased() }) ?? false
        else {
            throw fail("\(place).reference", "no reference '\(rollUp.reference)' of \(rollUp.object) to \(document.objects[object].name)")
        }
        var source: Int?
        if rollUp.function != .count {
            source = fields.firstIndex { $0.name.lowercased() == (rollUp.field ?? "").lowercased() }
            guard let source, fields[source].type.isNumber || rollUp.function != .sum && FormulaType(fields[source].type) != .text else {
                throw fail("\(place).field", "expected a number field of \(rollUp.object), or of min and max also a date")
            }
            guard FormulaType(fields[source].type) == FormulaType(field.type) else {
                throw fail("\(place).field", "a \(field.type.rawValue) field cannot hold a \(fields[source].type.rawValue)")
            }
        } else if !field.type.isNumber {
            throw fail(place, "count needs a number field")
        }
        let filter = try rollUp.filter.map { text throws(SchemaError) in
            let filter = try condition(text, object: child, place: "\(place).filter")
            guard !filter.isCrossObject else { throw fail("\(place).filter", "expected fields of \(rollUp.object) alone") }
            return filter
        }
        var watched = Set([reference] + (source.map { [$0] } ?? []) + (filter?.paths.map(\.field) ?? []))
        // What a formula is made of may change it.
        if watched.contains(where: { fields[$0].formula != nil }) { watched = Set(fields.indices) }
        return RollUp(child: child, reference: reference, function: rollUp.function, field: source, filter: filter, watched: watched)
    }

    package func rules(of object: ObjectDocument, at index: Int, in listed: [FieldDocument]) throws(SchemaError) -> ObjectRules {
        var rules = ObjectRules()
        for (position, rule) in (object.validationRules ?? []).enumerated() {
            rules.validations.append(try validation(rule, index, listed, place: "\(object.name).validationRules[\(position)]"))
        }
        for (position, trigger) in (object.triggers ?? []).enumerated() {
            let place = "\(object.name).triggers[\(position)]"
            guard !trigger.events.isEmpty else { throw fail("\(place).events", "expected insert, update or delete") }
            rules.triggers.append(
                .init(document: trigger, condition: try condition(trigger.condition, object: index, place: "\(place).condition")))
        }
        for (position, rule) in (object.duplicateRules ?? []).enumerated() {
            let place = "\(object.name).duplicateRules[\(position)].fields"
            guard !rule.fields.isEmpty else { throw fail(place, "expected at least one field") }
            var fields: [Int] = []
            for name in rule.fields { fields.append(try plainField(name, listed, place: place)) }
            rules.duplicates.append(.init(document: rule, fields: fields))
        }
        for (position, field) in listed.enumerated() {
            guard let text = field.follows else { continue }
            let expression = try expression(text, of: field, object: index, place: "\(object.name).\(field.name).follows")
            let sources = Set(expression.paths.filter(\.steps.isEmpty).map(\.field))
            rules.followings.append(.init(field: position, expression: expression, sources: sources))
        }
        return rules
    }

    private func plainField(_ name: String, _ listed: [FieldDocument], place: String) throws(SchemaError) -> Int {
        guard let field = listed.firstIndex(where: { $0.name.lowercased() == name.lowercased() }), listed[field].type != .address else {
            throw fail(place, "no field '\(name)'")
        }
        return field
    }

    private func validation(
        _ rule: ValidationRule, _ object: Int, _ listed: [FieldDocument], place: String
    ) throws(SchemaError) -> ObjectRules.Validation {
        let index = try rule.field.map { name throws(SchemaError) in try plainField(name, listed, place: "\(place).field") }
        let field = index.map { (index: $0, name: listed[$0].name) }
        if let text = rule.condition {
            let condition = try condition(text, object: object, place: "\(place).condition")
            return .init(condition: .formula(condition), field: field, message: rule.message)
        }
        guard field != nil else { throw fail("\(place).field", "expected the name of a field") }
        if let text = rule.rejectIfEquals { return .init(condition: .equals(text), field: field, message: rule.message) }
        guard let text = rule.rejectIfContains else {
            throw fail(place, "expected condition, rejectIfEquals or rejectIfContains")
        }
        return .init(condition: .contains(text), field: field, message: rule.message)
    }

    /// A formula must not lead back to itself, over whatever other formulas and records.
    func checkCircles(_ objects: [ObjectSchema]) throws(SchemaError) {
        var done: Set<[Int]> = []
        for object in objects {
            for field in object.fields where field.isExpression {
                try follow(object.index, field, objects, path: [], &done)
            }
        }
    }

    private func follow(
        _ object: Int, _ field: FieldSchema, _ objects: [ObjectSchema], path: [[Int]], _ done: inout Set<[Int]>
    ) throws(SchemaError) {
        guard case .formula(.expression(let expression)) = field.role, !done.contains([object, field.index]) else { return }
        guard !path.contains([object, field.index]), path.count < SnapshotContext.maximumDepth else {
            throw fail("\(objects[object].name).\(field.name).formula.expression", "refers to itself, over other formulas or directly")
        }
        for next in expression.paths {
            let target = next.objects.last ?? object
            try follow(target, objects[target].fields[next.field], objects, path: path + [[object, field.index]], &done)
        }
        done.insert([object, field.index])
    }
}
