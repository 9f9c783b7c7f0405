/// A query inside the select list: `(SELECT Id FROM Contacts)`.
struct ChildQuery: Sendable {
    /// The relationship's name, which is the key in the parent's row.
    let name: String
    /// The children's field that names the parent.
    let reference: FieldSchema
    let plan: QueryPlan

    /// The children of the rows that were found, in one pass over all of them.
    func rows(of parents: RowSet, _ org: Org) async -> ChildRows {
        let wanted = Set((0..<parents.count).map { parents[$0] })
        let found = await QueryRunner(plan: plan.withoutLimit, org: org).run()
        let store = org.snapshot().stores[plan.object.index]
        var children: [Int: [Int]] = [:]
        for position in 0..<found.count {
            if position & 0x3FFF == 0x3FFF { await Task.yield() }
            guard case .ref(let parent) = store.value(found[position], reference), wanted.contains(parent.row) else { continue }
            children[parent.row, default: []].append(found[position])
        }
        let end = plan.limit.map { $0 + plan.offset } ?? .max
        if plan.offset > 0 || plan.limit != nil { children = children.mapValues { Array($0.prefix(end).dropFirst(plan.offset)) } }
        return ChildRows(name: name, shape: RowShape(plan: plan, children: [], schema: org.schema), rows: children)
    }
}

/// The children found, by the row of their parent.
struct ChildRows: Sendable {
    let name: String
    let shape: RowShape
    let rows: [Int: [Int]]

    /// A small result inside the row, or null where there are none.
    func write(of parent: Int, in snapshot: OrgSnapshot, path: String, to writer: inout ByteWriter) {
        guard let children = rows[parent], !children.isEmpty else {
            writer.append("null" as StaticString)
            return
        }
        writer.append("{\"totalSize\":" as StaticString)
        writer.append(integer: Int64(children.count))
        writer.append(",\"done\":true,\"records\":[" as StaticString)
        for (index, child) in children.enumerated() {
            if index > 0 { writer.append(UInt8(ascii: ",")) }
            shape.write(child, in: snapshot, path: path, to: &writer)
        }
        writer.append("]}" as StaticString)
    }
}
