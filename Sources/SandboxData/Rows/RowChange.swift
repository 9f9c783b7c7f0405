import Synchronization

/// One record's change inside a transaction, as it happened; subscribers are told of it when the transaction commits.
package struct RowChange: Sendable {
    package enum Kind: Sendable {
        case create, update, delete, undelete
        /// Past the recycle bin; subscribers heard of the delete before it.
        case purge
    }

    private static let counter = Atomic<Int>(0)

    /// Ascends over all objects, so that a transaction's changes can be put in order again.
    package let order: Int
    package let kind: Kind
    package let object: ObjectSchema
    package let row: Int
    /// Values that `new` does not hold are generated.
    let isGenerated: Bool
    /// Nil when the row had never been written.
    package let old: RowState?
    package let new: RowState
    /// Row of the user who had changed the record last.
    package let oldModifiedBy: Int
    /// Row of the acting user.
    package let user: Int
    /// The org itself did it: LastModifiedDate stays what it was.
    package let isSystem: Bool
    /// Only the stamp moved: subscribers are not told.
    package let isSilent: Bool

    package init(
        kind: Kind, object: ObjectSchema, row: Int, isGenerated: Bool, old: RowState?, new: RowState, oldModifiedBy: Int, user: Int,
        isSystem: Bool = false, isSilent: Bool = false
    ) {
        self.order = Self.counter.wrappingAdd(1, ordering: .relaxed).newValue
        self.kind = kind
        self.object = object
        self.row = row
        self.isGenerated = isGenerated
        self.old = old
        self.new = new
        self.oldModifiedBy = oldModifiedBy
        self.user = user
        self.isSystem = isSystem
        self.isSilent = isSilent
    }

    /// What the record had in the field before the change, or has after it.
    package func value(_ field: Int, before: Bool) -> Value {
        if before, kind == .create { return .null }
        let field = object.fields[field]
        switch field.role {
        case .id: return .ref(RecordID(object: object.index, row: row))
        case .isDeleted:
            switch kind {
            case .purge: return .bool(true)
            case .delete: return .bool(!before)
            case .undelete: return .bool(before)
            case .create, .update: return .bool(false)
            }
        default: return value(field, in: before ? old : new)
        }
    }

    private func value(_ field: FieldSchema, in state: RowState?) -> Value {
        state?.cell(field.index) ?? (isGenerated ? field.generator.value(row) : .null)
    }

    /// The fields that a change event shows with their values, without the system's own: all that are not null for a new or undeleted record,
    /// those that differ for a changed one, none for a deleted one.
    package var fields: [(field: FieldSchema, value: Value)] {
        switch kind {
        case .delete, .purge: return []
        case .update:
            var cells = new.cells.filter { cell in
                object.fields[cell.field].isInChangeEvents && value(object.fields[cell.field], in: old) != cell.value
            }
            cells.sort { $0.field < $1.field }
            return cells.map { (object.fields[$0.field], $0.value) }
        case .create, .undelete:
            return object.fields.compactMap { field in
                guard field.isInChangeEvents else { return nil }
                let value = value(field, in: new)
                return value.isNull ? nil : (field, value)
            }
        }
    }
}

extension RowChange {
    /// Every field that clients or the org itself write, with its values before and after, where they differ.
    package var differences: [(field: FieldSchema, old: Value, new: Value)] {
        object.fields.compactMap { field in
            guard field.isKept else { return nil }
            let before = kind == .create ? .null : kept(field, in: old)
            let after = kept(field, in: new)
            return before == after ? nil : (field, before, after)
        }
    }

    private func kept(_ field: FieldSchema, in state: RowState?) -> Value {
        if let value = state?.cell(field.index) { return value }
        return isGenerated ? field.generator.value(row) : field.absent
    }
}

extension FieldSchema {
    /// Whether a row holds a value of it, rather than computing one.
    fileprivate var isKept: Bool {
        switch role {
        case .stored, .autoNumber, .rollUp: true
        default: false
        }
    }

    /// Formulas and what the system keeps beside the record are in no change event.
    package var isInChangeEvents: Bool {
        switch role {
        case .stored, .autoNumber, .rollUp:
            !isHidden && !["LastActivityDate", "LastViewedDate", "LastReferencedDate", "PhotoUrl"].contains(name)
        default: false
        }
    }
}
