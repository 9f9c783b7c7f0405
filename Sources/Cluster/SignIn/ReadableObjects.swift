import Accounts
import Catalog
import Salesforce

/// What a Salesforce user may read, held against what is mapped.
struct ReadableObjects: Sendable {
    /// Names of the readable fields, in lower case, by the object's name in lower case.
    let fields: [String: Set<String>]

    private static let describesAtATime = 6

    /// What is mapped and cannot be read, in the order of the mappings.
    func missing(of mappings: [(objectName: String, fields: [String])]) -> [MissingAccess] {
        mappings.compactMap { mapping in
            guard let known = fields[mapping.objectName.lowercased()] else {
                return MissingAccess(objectName: mapping.objectName, fields: [])
            }
            let missing = mapping.fields.filter { !known.contains($0.lowercased()) }
            return missing.isEmpty ? nil : MissingAccess(objectName: mapping.objectName, fields: missing)
        }
    }

    init(fields: [String: Set<String>]) { self.fields = fields }

    /// Asks the org about these objects.
    ///
    /// - Throws: `SalesforceError`; `CancellationError`.
    init(of objects: [String], client: SalesforceClient) async throws {
        let queryable = Set(try await client.describeGlobal().filter(\.queryable).map { $0.name.lowercased() })
        let visible = objects.filter { queryable.contains($0.lowercased()) }
        fields = try await withThrowingTaskGroup(of: ObjectDescribe.self) { group in
            var found: [String: Set<String>] = [:]
            var rest = visible[...]
            for object in rest.prefix(Self.describesAtATime) { group.addTask { try await client.describe(object) } }
            rest = rest.dropFirst(Self.describesAtATime)
            while let describe = try await group.next() {
                found[describe.name.lowercased()] = Set(describe.fields.map { $0.name.lowercased() })
                if let object = rest.popFirst() { group.addTask { try await client.describe(object) } }
            }
            return found
        }
    }
}
