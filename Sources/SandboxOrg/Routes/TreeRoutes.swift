import HTTPTypes
import SandboxBytes
import SandboxData
import SandboxHTTP
import SandboxQuery
import SandboxStore

/// `/composite/tree/X`: up to 200 records of several objects at once, children inside their parents; all of them or none.
struct TreeRoutes: Sendable {
    let org: Org
    let faults: BulkFaults

    private static let maximumRecords = 200
    private static let maximumDepth = 5
    private static let maximumTypes = 5

    /// A record of the request, with the one it is inside of.
    private struct Node: Sendable {
        let reference: String
        let object: ObjectSchema
        let members: [JSON.Member]
        /// The place of its parent in the list, and the field that names it.
        var parent: (index: Int, field: FieldSchema)?
    }

    func respond(_ call: APICall) async throws(OrgError) -> Reply {
        guard call.method == .post else { throw .wrongMethod(call.method, allowed: "POST") }
        guard let object = org.schema.object(call.segment(2)) else { throw .notFound }
        var nodes: [Node] = []
        try collect(try call.call.jsonObject(), object, parent: nil, depth: 1, &nodes)
        guard nodes.count <= Self.maximumRecords else {
            throw bad("The request has \(nodes.count) records; \(Self.maximumRecords) are the most that are allowed")
        }
        guard Set(nodes.map { $0.object.index }).count <= Self.maximumTypes else {
            throw bad("The records are of more than \(Self.maximumTypes) types")
        }
        var seen: Set<String> = []
        for node in nodes where !seen.insert(node.reference).inserted {
            throw bad("Duplicate ReferenceId provided in the request: \(node.reference)")
        }
        return answer(nodes, await write(nodes, call))
    }

    private func bad(_ message: String) -> OrgError { OrgError(.badRequest, "INVALID_INPUT", message) }

    private func collect(
        _ list: JSON, _ object: ObjectSchema, parent: (index: Int, field: FieldSchema)?, depth: Int, _ nodes: inout [Node]
    ) throws(OrgError) {
        guard depth <= Self.maximumDepth else { throw bad("Records can be nested \(Self.maximumDepth) levels deep at most") }
        guard let records = list["records"]?.array, !records.isEmpty else { throw bad("records: a list of records is required") }
        for record in records {
            let attributes = record["attributes"]
            guard let members = record.members, let reference = attributes?["referenceId"]?.string, !reference.isEmpty else {
                throw bad("records: each record needs attributes with a type and a referenceId")
            }
            guard attributes?["type"]?.string?.lowercased() == object.name.lowercased() else {
                throw bad("records: \(reference) must be of type \(object.name)")
            }
            let place = nodes.count
            nodes.append(Node(reference: reference, object: object, members: [], parent: parent))
            var own: [JSON.Member] = []
            for member in members {
                guard member.value["records"] != nil, let child = child(of: object, member.key) else {
                    own.append(member)
                    continue
                }
                try collect(member.value, child.object, parent: (place, child.field), depth: depth + 1, &nodes)
            }
            nodes[place] = Node(reference: reference, object: object, members: own, parent: parent)
        }
    }

    private func child(of parent: ObjectSchema, _ name: String) -> (object: ObjectSchema, field: FieldSchema)? {
        for object in org.schema.objects {
            for field in object.fields where field.targets.contains(parent.index) {
                if field.document.childRelationshipName?.lowercased() == name.lowercased() { return (object, field) }
            }
        }
        return nil
    }

    private func write(_ nodes: [Node], _ call: APICall) async -> [SaveResult] {
        let schema = org.schema
        let locked = await org.lock(
            nodes.map { LockedWrite(object: $0.object, id: nil, members: $0.members) }, unlucky: faults.locksRow)
        let journal = UndoJournal()
        let results = UndoJournal.$current.withValue(journal) {
            org.write { state, now in
                let writer = RecordWriter(schema: state.schema, user: call.user, now: now)
                var results: [SaveResult] = []
                for (index, node) in nodes.enumerated() {
                    var members = node.members
                    if let parent = node.parent {
                        guard let id = results[parent.index].id else {
                            results.append(SaveResult())
                            continue
                        }
                        members.append(JSON.Member(key: parent.field.name, value: .string(schema.text(of: id))))
                    }
                    results.append(locked[index].map { .failed($0) } ?? writer.insert(node.object, members, state: &state))
                }
                return results
            }
        }
        let hasErrors = results.contains { !$0.isSuccess }
        if hasErrors { org.undo(journal) } else { org.commit(journal) }
        org.write { state, _ in
            for object in Set(nodes.map(\.object.name)).sorted() {
                let mine = nodes.indices.filter { nodes[$0].object.name == object }
                state.writes.add(
                    object, "insert", records: hasErrors ? 0 : mine.count, failed: mine.count { !results[$0].isSuccess })
            }
        }
        return results
    }

    /// Every id when all went well, else the errors alone.
    private func answer(_ nodes: [Node], _ results: [SaveResult]) -> Reply {
        let hasErrors = results.contains { !$0.isSuccess }
        var json = JSONWriter(capacity: 16_384)
        json.object { json in
            json.field("hasErrors", hasErrors)
            json.fieldArray("results") { json in
                for (node, result) in zip(nodes, results) where !hasErrors || !result.isSuccess {
                    json.object { json in
                        json.field("referenceId", node.reference)
                        guard let error = result.error else {
                            json.field("id", result.id.map(org.schema.text))
                            return
                        }
                        json.fieldArray("errors") { json in
                            for error in error.all {
                                json.object { json in
                                    json.field("statusCode", error.code)
                                    json.field("message", error.message)
                                    json.fieldArray("fields") { json in
                                        for field in error.fields { json.value(field) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        return .json(json, status: hasErrors ? .badRequest : .created)
    }
}
