/// The fields that a formula of one object can name, before the schema is built.
package struct FormulaScope {
    /// Every object's name, with its fields in the order they will have.
    package let objects: [(name: String, fields: [FieldDocument])]
    package let object: Int

    private static let maximumSteps = 10

    /// `Amount`, `Account.Owner.Name`, `Project__r.Budget__c`
    package func field(_ text: String, at offset: Int) throws(FormulaError) -> (path: FormulaPath, type: FieldType) {
        var names = text.split(separator: ".", omittingEmptySubsequences: false).map { $0.lowercased() }
        let last = names.removeLast()
        guard names.count <= Self.maximumSteps else { throw unknown(text, offset) }
        var steps: [Int] = []
        var reached: [Int] = []
        var current = object
        for name in names {
            let fields = objects[current].fields
            guard let step = fields.firstIndex(where: { $0.relationshipName?.lowercased() == name }),
                let target = fields[step].referenceTo?.first?.lowercased(),
                let next = objects.firstIndex(where: { $0.name.lowercased() == target })
            else { throw unknown(text, offset) }
            steps.append(step)
            reached.append(next)
            current = next
        }
        guard let field = objects[current].fields.firstIndex(where: { $0.name.lowercased() == last }) else { throw unknown(text, offset) }
        let document = objects[current].fields[field]
        guard document.type != .address else {
            throw FormulaError("You cannot use field \(text) in this type of formula.", at: offset)
        }
        return (FormulaPath(steps: steps, objects: reached, field: field), document.type)
    }

    private func unknown(_ text: String, _ offset: Int) -> FormulaError {
        FormulaError("Field \(text) does not exist. Check spelling.", at: offset)
    }
}
