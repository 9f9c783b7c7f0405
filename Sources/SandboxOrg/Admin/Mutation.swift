import HTTPTypes
import SandboxBytes
import SandboxData
import SandboxHTTP
import SandboxQuery
import SandboxStore

/// `POST /sandbox/mutate`: changes, makes and deletes records as other people would, so that there is something to poll.
struct Mutation: Sendable {
    struct Outcome: Sendable {
        var updated: [RecordID] = []
        var inserted: [RecordID] = []
        var deleted: [RecordID] = []
    }

    let object: ObjectSchema
    let updateCount: Int
    let updateMembers: [JSON.Member]
    let insertCount: Int
    let insertMembers: [JSON.Member]
    let deleteCount: Int
    let seed: UInt64

    init(_ body: JSON, schema: OrgSchema) throws(OrgError) {
        guard let name = body["object"]?.string, let object = schema.object(name) else {
            throw Self.bad("object", "expected one of \(schema.objects.map(\.name).joined(separator: ", "))")
        }
        self.object = object
        updateCount = try Self.count(body["update"], "update")
        insertCount = try Self.count(body["insert"], "insert")
        deleteCount = try Self.count(body["delete"], "delete")
        seed = UInt64(body["seed"]?.int.map { abs($0) } ?? 1)
        insertMembers = body["insert"]?["fields"]?.members ?? []
        var members = body["update"]?["fields"]?.members ?? []
        if let field = body["update"]?["field"]?.string {
            members.append(JSON.Member(key: field, value: body["update"]?["value"] ?? .null))
        }
        updateMembers = members
    }

    private static func bad(_ field: String, _ problem: String) -> OrgError {
        OrgError(.badRequest, "INVALID_INPUT", "\(field): \(problem)", fields: [field])
    }

    private static func count(_ part: JSON?, _ name: String) throws(OrgError) -> Int {
        guard let part, part != .null else { return 0 }
        guard let count = part["count"]?.int, (0...10_000_000).contains(count) else {
            throw bad("\(name).count", "expected a whole number")
        }
        return count
    }

    /// Works in slices, so that readers and writers have their turns in between.
    func run(on org: Org) async throws(OrgError) -> Outcome {
        var outcome = Outcome()
        // Some cannot be deleted, because others depend on them, or are gone with one that was.
        let victims = pick(updateCount + deleteCount * 2, in: org)
        let toUpdate = victims.prefix(updateCount)
        var candidates = victims.dropFirst(updateCount)
        outcome.updated = try await slices(Array(toUpdate), of: org, "update") { writer, row, number, state in
            writer.update(RecordID(object: object.index, row: row), Self.filled(updateMembers, number), state: &state)
        }
        outcome.inserted = try await slices(Array(0..<insertCount), of: org, "insert") { writer, _, _, state in
            // Numbered by row, so that a second mutation makes other values.
            writer.insert(object, Self.filled(insertMembers, state.tables[object.index].rows.count + 1), state: &state)
        }
        while outcome.deleted.count < deleteCount, !candidates.isEmpty {
            let next = candidates.prefix(deleteCount - outcome.deleted.count)
            candidates = candidates.dropFirst(next.count)
            outcome.deleted += try await slices(Array(next), of: org, "delete", except: ["DELETE_FAILED", "ENTITY_IS_DELETED"]) {
                writer, row, _, state in
                writer.delete(RecordID(object: object.index, row: row), state: &state)
            }
        }
        return outcome
    }

    private func slices(
        _ rows: [Int], of org: Org, _ operation: String, except codes: Set<String> = [],
        _ one: @Sendable (RecordWriter, Int, Int, inout OrgState) -> SaveResult
    ) async throws(OrgError) -> [RecordID] {
        let schema = org.schema
        // Somebody else than the integration user, who is the first one.
        let user = org.read { $0.tables[schema.object("User")?.index ?? 0].rows.count > 1 ? 1 : 0 }
        var ids: [RecordID] = []
        var position = 0
        while position < rows.count {
            let slice = position..<min(position + 1000, rows.count)
            let results = org.write { state, now in
                let writer = RecordWriter(schema: state.schema, user: user, now: now)
                return slice.map { one(writer, rows[$0], $0 + 1, &state) }
            }
            for result in results {
                if let error = result.error {
                    if codes.contains(error.code) { continue }
                    throw Self.bad(operation, "\(error.code): \(error.message)")
                }
                if let id = result.id { ids.append(id) }
            }
            position = slice.upperBound
            await Task.yield()
        }
        return ids
    }

    /// Live rows in an order that only the seed decides.
    private func pick(_ wanted: Int, in org: Org) -> [Int] {
        guard wanted > 0 else { return [] }
        let store = org.snapshot().stores[object.index]
        guard store.count > 0 else { return [] }
        let salt = Mix.salt(seed, "mutate", object.name)
        var picked: [Int] = []
        var seen: Set<Int> = []
        var attempt = 0
        while picked.count < wanted, attempt < wanted * 20 + 1000 {
            let row = Int(Mix.bits(salt, attempt) % UInt64(store.count))
            attempt += 1
            guard store.state(row)?.isLive ?? true, seen.insert(row).inserted else { continue }
            picked.append(row)
        }
        // Nearly everything is wanted: take the rest as it comes.
        var row = 0
        while picked.count < wanted, row < store.count {
            if store.state(row)?.isLive ?? true, seen.insert(row).inserted { picked.append(row) }
            row += 1
        }
        return picked
    }

    /// `%d` becomes the number.
    private static func filled(_ members: [JSON.Member], _ number: Int) -> [JSON.Member] {
        members.map { member in
            guard case .string(let text) = member.value, text.contains("%d") else { return member }
            return JSON.Member(key: member.key, value: .string(text.replacing("%d", with: String(number))))
        }
    }
}
