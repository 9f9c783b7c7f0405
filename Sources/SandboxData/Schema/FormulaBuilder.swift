/// Turns a schema file's formula into a ``Formula``, checking the fields it names.
struct FormulaBuilder {
    let document: FormulaDocument
    /// Of the field that is calculated.
    let type: FieldType
    /// All fields of the object.
    let listed: [FieldDocument]
    let place: String

    func build() throws(SchemaError) -> Formula {
        if let names = document.join, !names.isEmpty { return .join(try indexes(names) { _ in true }) }
        if let names = document.first, !names.isEmpty { return .first(try indexes(names) { $0 == type || type == .reference }) }
        if let name = document.map {
            var values: [String: Value] = [:]
            for (key, text) in document.values ?? [:] { values[key] = try value(text) }
            return .map(try index(name) { $0.isText }, values, otherwise: try document.otherwise.map(value) ?? .null)
        }
        if let name = document.fiscal { return .fiscal(try index(name) { $0 == .date }, document.part ?? .year) }
        if let name = document.date {
            let days = document.days ?? 0
            guard (-100_000...100_000).contains(days) else { throw fail("expected days from -100000 to 100000") }
            return .addDays(try index(name) { $0 == .date }, days)
        }
        if let name = document.size { return .size(try index(name) { $0 == .base64 }) }
        let factors = try indexes(document.multiply ?? []) { $0.isNumber }
        guard factors.count == 2 else { throw fail("expected join with fields, or multiply with two number fields") }
        return .multiply(factors[0], factors[1], factor: document.factor ?? 1)
    }

    private func fail(_ problem: String) -> SchemaError { SchemaError(description: "\(place).formula: \(problem)") }

    private func indexes(_ names: [String], _ fits: (FieldType) -> Bool) throws(SchemaError) -> [Int] {
        var indexes: [Int] = []
        for name in names { indexes.append(try index(name, fits)) }
        return indexes
    }

    private func index(_ name: String, _ fits: (FieldType) -> Bool) throws(SchemaError) -> Int {
        guard let index = listed.firstIndex(where: { $0.name == name }), listed[index].formula == nil,
            listed[index].type != .address, listed[index].type != .location
        else {
            throw fail("no plain field '\(name)'")
        }
        guard fits(listed[index].type) else { throw fail("'\(name)' is of the wrong type") }
        return index
    }

    private func value(_ text: String) throws(SchemaError) -> Value {
        switch type {
        case .boolean: return .bool(text == "true")
        case .int: if let number = Int64(text) { return .int(number) }
        case let type where type.isNumber: if let number = Double(text), number.isFinite { return .double(number) }
        case let type where type.isText: return .text(text)
        default: break
        }
        throw fail("'\(text)' is no value of type \(type.rawValue)")
    }
}
