import LoggedChanges

// Parents that cannot be there before the changes that name them: Salesforce looks for parents first.

extension Change {
    /// Columns by which the change names its own record as the parent, by a value that the record gets only with it.
    func ownParents(by keys: [WriteShape.ParentKey]) -> Set<String> {
        let own = keys.filter { key in key.parentTables.contains(table) && names(key).map { $0 == gives(key) } ?? false }
        return Set(own.map(\.column))
    }

    /// The parent that the change names by a column, in lower case.
    private func names(_ key: WriteShape.ParentKey) -> String? {
        (says(key.column) ?? nil).flatMap { $0.isEmpty ? nil : $0.lowercased() }
    }

    /// The value by which others name the change's record, in lower case.
    private func gives(_ key: WriteShape.ParentKey) -> String? { (says(key.parentColumn) ?? nil)?.lowercased() }
}
