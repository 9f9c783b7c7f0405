import SandboxBytes

/// The values of formulas, made when they are read.
extension RowStore {
    package func evaluate(_ formula: Formula, _ row: Int, _ target: FieldSchema) -> Value {
        func field(_ index: Int) -> Value { value(row, object.fields[index]) }
        switch formula {
        case .expression(let expression):
            let context = RowContext(store: self, row: row, now: GeneratedTimes.horizon)
            return target.fitted(FormulaEvaluator(context: context).evaluate(expression))
        case .join(let parts):
            let texts = parts.compactMap { index -> String? in
                if case .text(let text) = field(index) { text } else { nil }
            }
            return texts.isEmpty ? .null : .text(texts.joined(separator: " "))
        case .multiply(let left, let right, let factor):
            guard let a = field(left).number, let b = field(right).number else { return .null }
            return .double(((a * b * factor) * 100).rounded() / 100)
        case .first(let fields):
            return fields.lazy.map(field).first { !$0.isNull } ?? .null
        case .map(let index, let values, let otherwise):
            guard case .text(let text) = field(index) else { return otherwise }
            return values[text] ?? otherwise
        case .fiscal(let index, let part):
            guard case .date(let days) = field(index) else { return .null }
            let date = CivilTime.civil(days: days)
            let quarter = (date.month - 1) / 3 + 1
            switch part {
            case .year: return .int(Int64(date.year))
            case .quarter: return .int(Int64(quarter))
            case .label: return .text("\(date.year) \(quarter)")
            }
        case .addDays(let index, let days):
            guard case .date(let start) = field(index) else { return .null }
            return .date(start + days)
        case .size(let index):
            guard case .text(let text) = field(index) else { return .int(0) }
            return .int(Int64(Base64Text.byteCount(text)))
        }
    }
}
