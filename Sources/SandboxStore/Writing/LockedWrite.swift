package import SandboxBytes
package import SandboxData

/// A record that is about to be written, as far as locks concern it.
package struct LockedWrite: Sendable {
    package let object: ObjectSchema?
    /// Nil for a new record.
    package let id: RecordID?
    /// Of an upsert: what finds the record.
    package let key: (field: FieldSchema, value: JSON)?
    package let members: [JSON.Member]

    package init(object: ObjectSchema?, id: RecordID?, key: (field: FieldSchema, value: JSON)? = nil, members: [JSON.Member] = []) {
        self.object = object
        self.id = id
        self.key = key
        self.members = members
    }
}

extension Org {
    /// Locks what these writes need for as long as the call goes on.
    ///
    /// - Returns: For each, the refusal it gets where another call held on to something; nil where it may go on.
    ///
    /// - Parameter unlucky: Asked once for each: whether it is refused whatever others do.
    package func lock(_ writes: [LockedWrite], unlucky: () -> Bool) async -> [RecordError?] {
        let struck = writes.map { _ in unlucky() }
        let scope = CallScope.current
        guard scope != nil || struck.contains(true) else { return writes.map { _ in nil } }
        let sets = read { state in writes.map { Self.lockSet($0, state) } }
        var refused = zip(struck, sets).map { isStruck, set in isStruck ? Array(set.prefix(1)) : [] }
        if let scope {
            for (index, others) in await scope.lock(sets).enumerated() where !others.isEmpty { refused[index] = others }
        }
        let schema = schema
        return writes.indices.map { index in
            guard struck[index] || !refused[index].isEmpty else { return nil }
            return .lockedRow(refused[index].map { String(schema.text(of: $0).prefix(15)) })
        }
    }

    /// The record itself, and those it is below: before the write and after it.
    private static func lockSet(_ write: LockedWrite, _ state: borrowing OrgState) -> [RecordID] {
        guard let object = write.object else { return [] }
        let id = write.id ?? keyed(write, object, state)
        var set = id.map { [$0] } ?? []
        for field in object.fields where field.type == .reference && field.parentDeletion != .keep {
            if let id, state.tables[id.object].exists(id.row), case .ref(let parent) = state.tables[id.object].rows.value(id.row, field) {
                set.append(parent)
            }
            for member in write.members {
                if object.relationship(member.key) === field {
                    if let parent = parent(member.value, field, state) { set.append(parent) }
                } else if object.field(member.key) === field, let text = member.value.string, let parent = state.schema.recordID(text) {
                    set.append(parent)
                }
            }
        }
        return set
    }

    private static func keyed(_ write: LockedWrite, _ object: ObjectSchema, _ state: borrowing OrgState) -> RecordID? {
        guard let (field, value) = write.key else { return nil }
        return find(value, field, object, state)
    }

    private static func parent(_ json: JSON, _ field: FieldSchema, _ state: borrowing OrgState) -> RecordID? {
        guard let key = json.members?.first(where: { $0.key.lowercased() != "attributes" }) else { return nil }
        for target in field.targets {
            let object = state.schema.objects[target]
            if let field = object.field(key.key), let found = find(key.value, field, object, state) { return found }
        }
        return nil
    }

    private static func find(_ json: JSON, _ field: FieldSchema, _ object: ObjectSchema, _ state: borrowing OrgState) -> RecordID? {
        if field.type == .id { return json.string.flatMap { state.schema.recordID($0) } }
        let value: Value? =
            switch json {
            case .string(let text): field.type.isNumber ? Double(text).map(Value.double) : .text(text)
            case .number(let number, _): .double(number)
            default: nil
            }
        guard let value, let row = state.tables[object.index].row(where: field, equals: value) else { return nil }
        return RecordID(object: object.index, row: row)
    }
}
