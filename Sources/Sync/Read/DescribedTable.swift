import Catalog
import Foundation
import MappedSchema
import Postgres
import Salesforce

/// A table's shape by a describe, and the date of that.
struct DescribedTable: Sendable {
    let table: TableSchema
    /// `Last-Modified` of the object's describe.
    let date: String?

    /// Describes the object, whatever is known of it.
    ///
    /// - Throws: as `TablePlan.make`; `SyncError` with code `.objectRemoved` when the object was read before and is gone.
    static func make(for mapping: Mapping, scope: SyncScope) async throws -> DescribedTable {
        var date: String?
        do {
            let table = try await TablePlan.make(for: mapping, schema: scope.connection.schemaName) { name in
                guard name.lowercased() == mapping.objectName.lowercased() else { return try await scope.salesforce.describe(name) }
                guard let described = try await scope.salesforce.describe(name, ifModifiedSince: nil) else {
                    throw SyncError(code: .inconsistent, message: "Salesforce described \(name) as unchanged, unasked")
                }
                date = described.lastModified
                return described.object
            }
            try await check(table, scope)
            return DescribedTable(table: table, date: date)
        } catch let error as SyncError where error.code == .badConfiguration && mapping.watermark != nil {
            guard try await isGone(mapping.objectName, scope) else { throw error }
            throw SyncError(
                code: .objectRemoved,
                message:
                    "the object \(mapping.objectName) is no longer in the org, or the integration user may no longer see it; its table stays as it is, and is read again when the object is back"
            )
        }
    }

    /// Whether Salesforce takes the row filter.
    private static func check(_ table: TableSchema, _ scope: SyncScope) async throws {
        guard table.filter != nil else { return }
        do {
            try await scope.salesforce.explain(try ReadQuery(table: table.idsOnly).text(ReadRange()))
        } catch let error as SalesforceError where !error.isRetryable && error.code != .cancelled {
            throw SyncError(
                code: .badConfiguration,
                message: "row_filter of \(table.objectName): expected a condition that Salesforce takes: \(error.message)")
        }
    }

    private static func isGone(_ object: String, _ scope: SyncScope) async throws -> Bool {
        do {
            _ = try await scope.salesforce.describe(object)
            return false
        } catch let error as SalesforceError where error.meansMissingObject {
            return true
        }
    }
}
