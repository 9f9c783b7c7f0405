/// The record a formula is evaluated for.
package protocol FormulaContext {
    /// Seconds since 1970.
    var now: Int64 { get }
    /// Whether the record is being inserted.
    var isNew: Bool { get }
    func value(_ path: FormulaPath) -> Value
    /// What the record itself had before the write.
    func prior(_ path: FormulaPath) -> Value
}

/// A record alone, as one store has it: fields of other records are null.
struct RowContext: FormulaContext {
    let store: RowStore
    let row: Int
    let now: Int64
    /// How many formulas led to this one.
    var depth = 0

    var isNew: Bool { false }

    func value(_ path: FormulaPath) -> Value {
        guard path.steps.isEmpty else { return .null }
        let field = store.object.fields[path.field]
        guard case .formula(.expression(let expression)) = field.role else { return store.value(row, field) }
        guard depth < SnapshotContext.maximumDepth else { return .null }
        let inner = RowContext(store: store, row: row, now: now, depth: depth + 1)
        return field.fitted(FormulaEvaluator(context: inner).evaluate(expression))
    }

    func prior(_ path: FormulaPath) -> Value { value(path) }
}

/// A record among all the others at one moment.
package struct SnapshotContext: FormulaContext {
    package let snapshot: OrgSnapshot
    package let id: RecordID
    /// How many formulas led to this one.
    package let depth: Int

    package init(snapshot: OrgSnapshot, id: RecordID, depth: Int) {
        self.snapshot = snapshot
        self.id = id
        self.depth = depth
    }

    package static let maximumDepth = 20

    package var now: Int64 { snapshot.now }
    package var isNew: Bool { false }

    package func value(_ path: FormulaPath) -> Value {
        var id = id
        for (step, object) in zip(path.steps, path.objects) {
            let store = snapshot.stores[id.object]
            guard case .ref(let next) = store.value(id.row, store.object.fields[step]), next.object == object else { return .null }
            id = next
        }
        guard id.object < snapshot.stores.count, path.field < snapshot.stores[id.object].object.fields.count else { return .null }
        return snapshot.value(id, snapshot.stores[id.object].object.fields[path.field], depth: depth + 1)
    }

    package func prior(_ path: FormulaPath) -> Value { value(path) }
}
