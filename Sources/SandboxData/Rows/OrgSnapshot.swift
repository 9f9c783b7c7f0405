/// A view of all rows at one moment.
package struct OrgSnapshot: Sendable {
    package let schema: OrgSchema
    package let stores: [RowStore]
    /// Seconds since 1970: what formulas take for today.
    package let now: Int64

    package init(schema: OrgSchema, stores: [RowStore], now: Int64) {
        self.schema = schema
        self.stores = stores
        self.now = now
    }

    /// A field's value, which a formula may find in other records.
    @inline(__always)
    package func value(_ id: RecordID, _ field: FieldSchema, depth: Int = 0) -> Value {
        guard field.isExpression else { return stores[id.object].value(id.row, field) }
        return evaluate(id, field, depth)
    }

    private func evaluate(_ id: RecordID, _ field: FieldSchema, _ depth: Int) -> Value {
        guard case .formula(.expression(let expression)) = field.role, depth < SnapshotContext.maximumDepth else { return .null }
        return field.fitted(FormulaEvaluator(context: SnapshotContext(snapshot: self, id: id, depth: depth)).evaluate(expression))
    }
}

extension FieldSchema {
    /// A formula's result as the field shows it: numbers rounded to its scale, text cut to what text fields hold.
    package func fitted(_ value: Value) -> Value {
        switch value {
        case .null where type == .boolean: return .bool(false)
        case .double(let number) where type == .int: return abs(number) < 9e15 ? .int(Int64(number.rounded())) : .null
        case .double(let number) where type.isNumber:
            var power: Double = 1
            for _ in 0..<scale { power *= 10 }
            let scaled = number * power
            return abs(scaled) < 9e15 ? .double(scaled.rounded(.toNearestOrAwayFromZero) / power) : value
        case .text(let text) where text.utf8.count > 3900: return .text(String(text.prefix(1300)))
        default: return value
        }
    }
}
