extension Table {
    /// The schema changed.
    package mutating func adopt(_ object: ObjectSchema, prefixes: [[UInt8]]) {
        rows.adopt(object, prefixes: prefixes)
        // Found again when somebody asks.
        references = [:]
        matches = []
    }

    /// Makes other values of those that were written in a field; stamps stay.
    package mutating func rewrite(_ field: Int, _ convert: (Value) -> Value) {
        rows.rewrite { state in
            guard let place = state.cells.firstIndex(where: { $0.field == field }) else { return nil }
            var cells = state.cells
            cells[place] = RowState.Cell(field: field, value: convert(cells[place].value))
            return state.with(cells: cells)
        }
    }

    /// Finds every value of a field that has to be unique from here on.
    ///
    /// - Parameter isReplay: It was so when the change was made, whatever the rows are now.
    package mutating func demandUnique(_ field: FieldSchema, isReplay: Bool) throws(SchemaError) {
        var found: [String: Int] = [:]
        for row in 0..<rows.count where isLive(row) {
            guard let key = Self.key(rows.value(row, field), field) else { continue }
            guard found.updateValue(row, forKey: key) == nil || isReplay else {
                throw SchemaError(description: "\(object.name).\(field.name): more than one record has the value '\(key)'")
            }
        }
        unique[field.index] = found
    }
}
