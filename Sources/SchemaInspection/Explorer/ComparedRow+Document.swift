package import SharedValues

extension ComparedRow {
    /// The row as the API tells it.
    package var document: JSONValue {
        [
            "id": id.map { .integer($0) } ?? .null,
            "sfid": .optional(sfid),
            "state": .string(state),
            "last_operation": .optional(lastOperation),
            "error": .optional(error),
            "pending_changes": .integer(pending),
            "failed_changes": .integer(failed),
            "postgres": here ?? .null,
            "salesforce": there ?? .null,
            "differences": .array(differences.map { .string($0) }),
        ]
    }

    /// What the row is to who looks at it; whether its record exists nobody knows who has not looked.
    private var state: String {
        if id == nil { return MappedRowState.onlyThere.rawValue }
        switch lastOperation {
        case "FAILED": return MappedRowState.failed.rawValue
        case "PENDING": return MappedRowState.pending.rawValue
        default: return differences.isEmpty ? MappedRowState.synced.rawValue : MappedRowState.different.rawValue
        }
    }
}
