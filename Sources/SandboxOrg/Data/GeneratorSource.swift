/// Chooses the generator of a field from what the schema file says, or from its type when it says nothing.
struct GeneratorSource {
    let field: FieldDocument
    let object: String
    let objectIndex: Int
    let targets: [Int]
    let counts: [Int]
    let seed: UInt64
    let role: FieldSchema.Role

    func generator(_ place: String) throws(SchemaError) -> FieldGenerator {
        let required = field.nillable == false || field.type == .boolean || field.unique == true
        let percent = field.generate?.nulls ?? (required ? 0 : 12)
        var source = FieldGenerator.Source.null
        switch role {
        case .stored: source = try stored(place)
        case .autoNumber(let prefix): source = .sequence(around: WordList([Array(prefix.utf8), []]), width: 8)
        default: break
        }
        let isAutoNumber = if case .autoNumber = role { true } else { false }
        return FieldGenerator(
            source: source, salt: Mix.salt(seed, object, field.name), nulls: isAutoNumber ? 0 : UInt64(percent * 1024 / 100))
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
        case .boolean: return .boolean
        case .number: return number
        case .date:
            // 1950 to 2009 unless the file says otherwise, in days since 1970.
            let low = Int(field.generate?.min ?? -7305)
            let high = Int(field.generate?.max ?? 14_600)
            return .date(low: low, span: UInt64(high - low + 1))
        case .datetime: return .datetime
        case .time: return .time
        case .reference:
            let target = targets[0]
            return .reference(object: target, count: counts[target], selfReference: target == objectIndex)
        default: return .text(recipe(kind, prefix: prefix))
        }
    }

    private var number: FieldGenerator.Source {
        let scale = field.type == .int ? 0 : min(field.scale ?? 0, 6)
        var power: Double = 1
        for _ in 0..<scale { power *= 10 }
        let low = Int64((field.generate?.min ?? 0) * power)
        let high = Int64((field.generate?.max ?? 10_000) * power)
        return .number(low: low, span: UInt64(high - low + 1), scale: scale, integer: field.type == .int)
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
        default: return .words
        }
    }

    private func fits(_ kind: GeneratorKind) -> Bool {
        switch kind {
        case .none: true
        case .sequence: field.type.isText || field.type.isNumber
        case .picklist, .multipicklist: field.type == .picklist || field.type == .multipicklist
        case .boolean: field.type == .boolean
        case .number: field.type.isNumber
        case .date: field.type == .date
        case .datetime: field.type == .datetime
        case .time: field.type == .time
        case .reference: field.type == .reference
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
