import Foundation
import MappedSchema
import Salesforce
import Sync

/// What the org says of records that are to be written, where the log and the table do not know. Reads only.
struct OrgRecords: Sendable {
    /// Ids or values in one question: what a URL holds.
    private static let asked = 200

    let scope: SyncScope

    /// Which of these records live.
    ///
    /// - Parameter includeDeleted: whether those count that are in the recycle bin.
    /// - Throws: `SalesforceError`.
    func living(_ ids: Set<SalesforceID>, of object: String, includeDeleted: Bool = false) async throws -> Set<SalesforceID> {
        var living: Set<SalesforceID> = []
        for part in Self.parts(ids.map(\.text).sorted()) {
            let condition = "Id IN \(SOQL.list(part))"
            for row in try await texts(["Id"], of: object, condition, includeDeleted) {
                if let id = row[0].flatMap({ SalesforceID($0) }) { living.insert(id) }
            }
        }
        return living
    }

    /// The live records that have these values in a unique field.
    ///
    /// - Parameter maker: who made them, and since when; nil for all.
    /// - Returns: by value as it was given, compared as the field compares.
    /// - Throws: `SalesforceError`.
    func holders(
        of field: String, in object: String, isNumber: Bool, values: [String], madeBy maker: (user: String, since: Date)? = nil
    ) async throws -> [String: SalesforceID] {
        let isCaseSensitive = isNumber ? false : try await scope.salesforce.describe(object).field(field)?.caseSensitive ?? false
        func normal(_ value: String) -> String {
            isNumber ? Double(value).map { "\($0)" } ?? value : isCaseSensitive ? value : value.lowercased()
        }
        let made = maker.map { " AND CreatedById = \(SOQL.literal($0.user)) AND CreatedDate >= \(SOQL.literal($0.since))" } ?? ""
        var found: [String: SalesforceID] = [:]
        for part in Self.parts(Set(values).sorted()) {
            let list = isNumber ? "(" + part.joined(separator: ", ") + ")" : SOQL.list(part)
            let condition = "\(try SOQL.identifier(field)) IN \(list)\(made)"
            for row in try await texts(["Id", field], of: object, condition, false) {
                if let id = row[0].flatMap({ SalesforceID($0) }), let value = row[1] { found[normal(value)] = id }
            }
        }
        var holders: [String: SalesforceID] = [:]
        for value in values { holders[value] = found[normal(value)] }
        return holders
    }

    private func texts(_ fields: [String], of object: String, _ condition: String, _ includeDeleted: Bool) async throws -> [[String?]] {
        var page: QueryPage? = try await scope.salesforce.query(
            try SOQL.select(fields, from: object) + " WHERE " + condition, includeDeleted: includeDeleted)
        var rows: [[String?]] = []
        while let current = page {
            rows += try current.texts(fields: fields)
            page = try await scope.salesforce.next(current)
        }
        return rows
    }

    private static func parts(_ list: [String]) -> [ArraySlice<String>] {
        stride(from: 0, to: list.count, by: asked).map { list[$0..<min($0 + asked, list.count)] }
    }
}
