import Catalog
import Foundation
import MappedSchema
import Postgres
import Salesforce

/// Finds the record of an insert whose answer was lost, so that it is not made twice.
struct LostInsertLookup: Sendable {
    /// Values long enough to be long text areas cannot stand in a WHERE clause.
    private static let longestComparable = 255

    let scope: SyncScope
    let log: TriggerLog
    let table: TableSchema

    /// A record that the integration user made with the very same values and that no row of the table has yet.
    ///
    /// - Throws: `SalesforceError`, `PostgresError`.
    func find(_ write: RecordWrite, excluding taken: Set<String>) async throws -> String? {
        var conditions = write.fields.compactMap { field -> String? in
            guard case .string(let text) = field.value, text.utf8.count <= Self.longestComparable,
                let column = table.column(field: field.name), case .varchar = column.type
            else { return nil }
            return "\(field.name) = \(SOQL.literal(text))"
        }
        // Without anything to recognise it by, a record of the same user and hour is not enough.
        guard !conditions.isEmpty, let user = scope.connection.salesforceUserID else { return nil }
        // Two days forgive any difference between the clocks; that no row knows the record is what counts.
        let since = Date().addingTimeInterval(-48 * 3600)
        conditions.append("CreatedById = \(SOQL.literal(user))")
        conditions.append("CreatedDate >= \(SOQL.literal(since))")
        let soql = try SOQL.select(["Id"], from: table.objectName) + " WHERE " + conditions.joined(separator: " AND ") + " LIMIT 200"
        let page = try await scope.salesforce.query(soql, includeDeleted: false)
        let found = try QueryPageRows.ids(page).filter { !taken.contains($0) }
        guard !found.isEmpty else { return nil }
        let name = table.table
        let known = try await scope.target.pool.withSession { [log] in try log.known(table: name, sfids: found, in: $0) }
        return found.first { !known.contains($0) }
    }
}
