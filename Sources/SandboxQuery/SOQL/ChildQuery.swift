package import SandboxBytes
package import SandboxData

/// A query inside the select list: `(SELECT Id FROM Contacts)`.
package struct ChildQuery: Sendable {
    /// The relationship's name, which is the key in the parent's row.
    package let name: String
    /// The children's field that names the parent.
    package let reference: FieldSchema
    package let plan: QueryPlan

    /// The children of the rows that were found, in one pass over all of them.
    package func rows(of parents: RowSet, object: Int, _ org: any RowSource, pages: ChildPages?) async -> ChildRows {
        let wanted = Set((0..<parents.count).map { parents[$0] })
        let found = await QueryRunner(plan: plan.withoutLimit, org: org).run()
        let store = org.snapshot().stores[plan.object.index]
        var children: [Int: [Int]] = [:]
        for position in 0..<found.count {
            if position & 0x3FFF == 0x3FFF { await Task.yield() }
            guard case .ref(let parent) = store.value(found[position], reference), parent.object == object, wanted.contains(parent.row)
            else { continue }
            children[parent.row, default: []].append(found[position])
        }
        let end = plan.limit.map { $0 + plan.offset } ?? .max
        if plan.offset > 0 || plan.limit != nil { children = children.mapValues { Array($0.prefix(end).dropFirst(plan.offset)) } }
        let kept = RowSet.list(children.values.flatMap(\.self))
        let shape = await RowShape.make(plan, of: kept, org, pages: pages)
        return ChildRows(name: name, object: plan.object, shape: shape, rows: children, pages: pages)
    }
}

/// The children found, by the row of their parent.
package struct ChildRows: Sendable {
    package let name: String
    package let object: ObjectSchema
    package let shape: RowShape
    package let rows: [Int: [Int]]
    /// Nil shows all children at once.
    package let pages: ChildPages?

    /// A small result inside the row, or null where there are none.
    package func write(of parent: Int, in snapshot: OrgSnapshot, path: String, to writer: inout ByteWriter) {
        guard let children = rows[parent], !children.isEmpty else {
            writer.append("null" as StaticString)
            return
        }
        writer.append("{\"totalSize\":" as StaticString)
        writer.append(integer: Int64(children.count))
        let shown = min(children.count, pages?.size ?? .max)
        if shown < children.count, let pages {
            let locator = pages.locator(of: parent, in: self)
            writer.append(",\"done\":false,\"nextRecordsUrl\":\"" as StaticString)
            writer.append(string: "\(pages.base)/query/\(locator)-\(shown)")
            writer.append("\",\"records\":[" as StaticString)
        } else {
            writer.append(",\"done\":true,\"records\":[" as StaticString)
        }
        for (index, child) in children.prefix(shown).enumerated() {
            if index > 0 { writer.append(UInt8(ascii: ",")) }
            shape.write(child, in: snapshot, path: path, to: &writer)
        }
        writer.append("]}" as StaticString)
    }
}
