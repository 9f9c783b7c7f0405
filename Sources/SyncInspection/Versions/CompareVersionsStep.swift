public import Catalog
import Foundation
public import JobQueue
import MappedSchema
public import Salesforce
import Sync

/// Compares what the mappings of a connection read in its API version and in another one, and keeps the comparison as the answer to an inquiry.
public struct CompareVersionsStep: Sendable {
    /// Descriptions asked for at a time.
    private static let atATime = 4

    private let connection: Connection
    private let salesforce: SalesforceClient
    private let catalog: CatalogStore

    /// A comparison for one connection.
    public init(connection: Connection, salesforce: SalesforceClient, catalog: CatalogStore) {
        self.connection = connection
        self.salesforce = salesforce
        self.catalog = catalog
    }

    /// Compares, and answers the inquiry.
    ///
    /// - Throws: `SalesforceError`, `PostgresError`, `CatalogError`.
    public func run(_ args: CompareVersionsArgs) async throws -> JobOutcome {
        let served = try await salesforce.versions()
        guard served.contains(args.target), let number = SalesforceVersions.number(args.target), number <= SalesforceVersions.newestKnown
        else {
            let newest = SalesforceVersions.newest(servedBy: served) ?? "none"
            let reason = "target_version: expected a version from \(served.first ?? "none") to \(newest), found \(args.target)"
            try await catalog.answer(args.inquiry, JSONValue.object([.init("refusal", .string(reason))]).text)
            return .completed(reason)
        }
        let mappings = try await catalog.mappings(connection.id)
        // A version that the org has retired describes nothing any more: there the table itself says what it was.
        let old = served.contains(connection.apiVersion) ? DescribeMemory(salesforce) : nil
        let new = DescribeMemory(salesforce.at(apiVersion: args.target))
        let differences = try await withThrowingTaskGroup(of: (Int, MappingDifference).self) { group in
            var found = [MappingDifference?](repeating: nil, count: mappings.count)
            for (index, mapping) in mappings.enumerated() {
                if index >= Self.atATime, let (place, difference) = try await group.next() { found[place] = difference }
                group.addTask { (index, try await Self.compare(mapping, old, new)) }
            }
            for try await (place, difference) in group { found[place] = difference }
            return found.compactMap(\.self)
        }
        let document: JSONValue = [
            "guid": .string(args.inquiry.uuidString.lowercased()), "current_api_version": .string(connection.apiVersion),
            "target_api_version": .string(args.target), "mappings": .array(differences.map(\.document)),
        ]
        try await catalog.answer(args.inquiry, document.text)
        return .completed("\(differences.count { $0.hasChanged }) of \(differences.count) mappings differ in version \(args.target)")
    }

    private static func compare(_ mapping: Mapping, _ old: DescribeMemory?, _ new: DescribeMemory) async throws -> MappingDifference {
        do {
            guard let target = try await new.object(mapping.objectName) else {
                return MappingDifference(objectName: mapping.objectName, fields: [], isObjectRemoved: true)
            }
            guard let old else { return try await compareTable(of: mapping, with: target, new) }
            let current: ObjectDescribe?
            do {
                current = try await old.object(mapping.objectName)
            } catch let error as SalesforceError where error.retry == .versionRetired {
                // An org may still list what it serves no more.
                return try await compareTable(of: mapping, with: target, new)
            }
            guard let current else {
                return MappingDifference(objectName: mapping.objectName, fields: [], isUndetermined: true)
            }
            var fields: [MappingDifference.Field] = []
            for name in mapping.config.fields {
                // One that is not there in the current version either is no difference.
                guard let before = try await MappedField.find(name, in: current, describe: { try await old.object($0) }).field else {
                    continue
                }
                let after = try await MappedField.find(name, in: target) { try await new.object($0) }.field
                if let difference = FieldDifference.between(before, after) { fields.append(.init(name: name, difference: difference)) }
            }
            return MappingDifference(objectName: mapping.objectName, fields: fields)
        } catch let error as SalesforceError where !error.isRetryable && error.retry != .needsAuthorization {
            return MappingDifference(objectName: mapping.objectName, fields: [], isUndetermined: true)
        }
    }

    private static func compareTable(
        of mapping: Mapping, with target: ObjectDescribe, _ new: DescribeMemory
    ) async throws -> MappingDifference {
        var fields: [MappingDifference.Field] = []
        for column in try mapping.table()?.columns ?? [] {
            let field = try await MappedField.find(column.field, in: target) { try await new.object($0) }.field
            if let difference = FieldDifference.between(column.type, field) {
                fields.append(.init(name: column.field, difference: difference))
            }
        }
        return MappingDifference(objectName: mapping.objectName, fields: fields)
    }
}
