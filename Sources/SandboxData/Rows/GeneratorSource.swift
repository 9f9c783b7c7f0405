import SandboxBytes

/// Chooses the generator of a field from what the schema file says, or from its type when it says nothing.
struct GeneratorSource {
    let field: FieldDocument
    let object: String
    let objectIndex: Int
    /// All objects, in the order of the counts.
    let names: [String]
    let targets: [Int]
    let counts: [Int]
    let seed: UInt64
    let role: FieldSchema.Role

    func generator(_ place: String) throws(SchemaError) -> FieldGenerator {
        let required = field.nillable == false || field.masterDetail == true || field.type == .boolean || field.unique == true
        // What goes with other rows has its nulls where the file puts them.
        let isPlanned = [.listed, .aligned, .either].contains(field.generate?.kind)
        let percent = field.generate?.nulls ?? (required || isPlanned ? 0 : 12)
        var source = FieldGenerator.Source.null
        switch role {
        case .stored: source = try stored(place)
        case .autoNumber(let prefix): source = .sequence(around: WordList([Array(prefix.utf8), []]), width: 8)
        default: break
        }
        let isAutoNumber = if case .autoNumber = role { true } else { false }
        return FieldGenerator(
            source: source, salt: Mix.salt(seed, object, field.generate?.like ?? field.name),
            nulls: isAutoNumber ? 0 : UInt64(percent * 1024 / 100))
    }

    private func stored(_ place: String) throws(SchemaError) -> FieldGenerator.Source {
        let kind = field.generate?.kind ?? kindOfType
        if field.unique == true, kind != .sequence, kind != .none {
            throw SchemaError(description: "\(place).generate.kind: a unique field takes sequence or none")
        }
        guard fits(kind) else {
            throw SchemaError(description: "\(place).generate.kind: '\(kind.rawValue)' does not make values of type \(field.type.rawValue)")
        }
        let prefix = Array((field.generate?.prefix ?? "").utf8)
        switch kind {
        case .none: return field.type == .boolean ? .alwaysFalse : .null
        case .sequence:
            if field.type.isNumber { return .count }
            return .sequence(around: WordList([prefix, Array((field.generate?.suffix ?? "").utf8)]), width: 6)
        case .picklist: return .choice(WordList((field.picklistValues ?? []).map { Array($0.utf8) }))
        case .multipicklist: return .choices(WordList((field.picklistValues ?? []).map { Array($0.utf8) }))
        case .listed:
            let values = field.generate?.values ?? []
            guard !values.isEmpty else { throw SchemaError(description: "\(place).generate.values: expected at least one value") }
            return .listed(WordList(values.map { Array($0.utf8) }))
        case .boolean: return .boolean
        case .always: return .alwaysTrue
        case .number: return try number(place)
        case .date:
            // 1950 to 2009 unless the file says otherwise, in days since 1970.
            let range = try range(place, lowest: -7305, highest: 14_600, power: 1)
            return .date(low: Int(range.lowerBound), span: UInt64(range.count))
        case .datetime: return field.type == .date ? .day : .datetime(plus: Int64(field.generate?.plus ?? 0))
        case .time: return .time
        case .reference:
            let target = try chosen(place)[0]
            return .reference(object: target, count: counts[target], selfReference: target == objectIndex)
        case .either:
            let chosen = try chosen(place)
            guard chosen.count > 1 else { throw SchemaError(description: "\(place).generate.to: expected the names of two objects") }
            return .either(
                object: Int32(chosen[0]), count: Int32(counts[chosen[0]]), other: Int32(chosen[1]), otherCount: Int32(counts[chosen[1]]))
        case .aligned: return try aligned(place)
        default: return .text(recipe(kind, prefix: prefix))
        }
    }

    /// The objects of a reference that rows are to name.
    private func chosen(_ place: String) throws(SchemaError) -> [Int] {
        guard let wanted = field.generate?.to else { return targets }
        let chosen = try wanted.map { name throws(SchemaError) in try index(name, place: "\(place).generate.to") }
        guard !chosen.isEmpty, chosen.allSatisfy(targets.contains) else {
            throw SchemaError(description: "\(place).generate.to: expected objects that the field refers to")
        }
        return chosen
    }

    private func aligned(_ place: String) throws(SchemaError) -> FieldGenerator.Source {
        let target = try chosen(place)[0]
        let through = try field.generate?.through.map { name throws(SchemaError) in try index(name, place: "\(place).generate.through") }
        let of = field.generate?.of ?? 1
        let phase = field.generate?.phase ?? 0
        guard (1...100).contains(of), (0..<of).contains(phase) else {
            throw SchemaError(description: "\(place).generate: expected phase to be from 0 to below of, and of at most 100")
        }
        return .aligned(
            object: Int32(target), count: Int32(counts[target]), through: through.map { counts[$0] } ?? 0, phase: Int16(phase),
            of: Int16(of))
    }

    private func index(_ name: String, place: String) throws(SchemaError) -> Int {
        guard let index = names.firstIndex(where: { $0.lowercased() == name.lowercased() }) else {
            throw SchemaError(description: "\(place): no object '\(name)' in the schema")
        }
        return index
    }

    private func number(_ place: String) throws(SchemaError) -> FieldGenerator.Source {
        let scale = field.type == .int ? 0 : min(field.scale ?? 0, 6)
        var power: Double = 1
        for _ in 0..<scale { power *= 10 }
        let range = try range(place, lowest: 0, highest: 10_000, power: power)
        return .number(low: range.lowerBound, span: UInt64(range.count), scale: scale, integer: field.type == .int)
    }

    /// From `min` to `max`, of which a file may name either.
    private func range(_ place: String, lowest: Double, highest: Double, power: Double) throws(SchemaError) -> ClosedRange<Int64> {
        let (low, high) = ((field.generate?.min ?? lowest) * power, (field.generate?.max ?? highest) * power)
        guard low <= high, abs(low) <= 1e18, abs(high) <= 1e18 else {
            throw SchemaError(description: "\(place).generate.min: expected no more than max, and both within 18 digits")
        }
        return Int64(low)...Int64(high)
    }

    private var kindOfType: GeneratorKind {
        if field.unique == true { return .sequence }
        switch field.type {
        case .picklist: return .picklist
        case .multipicklist: return .multipicklist
        case .boolean: return .boolean
        case .int, .double, .currency, .percent: return .number
        case .date: return .date
        case .datetime: return .datetime
        case .time: return .time
        case .reference: return .reference
        case .phone: return .phone
        case .email: return .email
        case .url: return .website
        case .textarea: return .paragraph
        case .base64, .encryptedstring, .anyType: return .none
        default: return .words
        }
    }

    private func fits(_ kind: GeneratorKind) -> Bool {
        switch kind {
        case .none: true
        case .sequence: field.type.isText || field.type.isNumber
        case .picklist, .multipicklist: field.type == .picklist || field.type == .multipicklist
        case .boolean, .always: field.type == .boolean
        case .number: field.type.isNumber
        case .date: field.type == .date
        case .datetime: field.type == .datetime || field.type == .date
        case .time: field.type == .time
        case .reference, .either, .aligned: field.type == .reference
        default: field.type.isText
        }
    }

    private func recipe(_ kind: GeneratorKind, prefix: [UInt8]) -> TextRecipe {
        switch kind {
        case .company: .company
        case .firstName: .firstName
        case .lastName: .lastName
        case .jobTitle: .jobTitle
        case .department: .department
        case .street: .street
        case .city: .city
        case .state: .state
        case .postalCode: .postalCode
        case .country: .country
        case .phone: .phone
        case .email: .email
        case .website: .website
        case .paragraph: .paragraph
        case .code: .code(prefix: WordList([prefix]))
        default: .words
        }
    }
}
