import SandboxData

/// A record as it would be after a write that is not done yet.
struct WriteContext: FormulaContext {
    let snapshot: OrgSnapshot
    let object: ObjectSchema
    /// Nil of a record that is being inserted.
    let row: Int?
    let cells: [RowState.Cell]
    let now: Int64
    private var depth = 0

    init(snapshot: OrgSnapshot, object: ObjectSchema, row: Int?, cells: [RowState.Cell], now: Int64) {
        self.snapshot = snapshot
        self.object = object
        self.row = row
        self.cells = cells
        self.now = now
    }

    var isNew: Bool { row == nil }

    func value(_ path: FormulaPath) -> Value {
        guard let step = path.steps.first else { return own(path.field) }
        guard case .ref(let next) = own(step), next.object == path.objects[0] else { return .null }
        let rest = FormulaPath(steps: Array(path.steps.dropFirst()), objects: Array(path.objects.dropFirst()), field: path.field)
        return SnapshotContext(snapshot: snapshot, id: next, depth: depth).value(rest)
    }

    func prior(_ path: FormulaPath) -> Value {
        guard let row, path.steps.isEmpty else { return .null }
        return snapshot.value(RecordID(object: object.index, row: row), object.fields[path.field])
    }

    private func own(_ index: Int) -> Value {
        if let cell = cells.first(where: { $0.field == index }) { return cell.value }
        let field = object.fields[index]
        switch field.role {
        case .formula(.expression(let expression)):
            guard depth < SnapshotContext.maximumDepth else { return .null }
            var inner = self
            inner.depth += 1
            return field.fitted(FormulaEvaluator(context: inner).evaluate(expression))
        case .formula(.join(let parts)):
            let texts = parts.map(own).filter { !$0.isNull }.map(FormulaEvaluator<WriteContext>.text)
            return texts.isEmpty ? .null : .text(texts.joined(separator: " "))
        case .formula(.multiply(let left, let right, let factor)):
            guard let a = own(left).number, let b = own(right).number else { return .null }
            return .double(((a * b * factor) * 100).rounded() / 100)
        default:
            guard let row else { return field.type == .boolean ? .bool(false) : .null }
            return snapshot.stores[object.index].value(row, field)
        }
    }
}
