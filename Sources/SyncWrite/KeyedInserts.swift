import Catalog
import LoggedChanges
import MappedSchema
import Postgres
import Salesforce
import Sync

/// What becomes of inserts with a unique identifier that Salesforce refused, perhaps because a record has the identifier already.
///
/// Such rows are inserted first, not upserted: an upsert would overwrite the record of another row before anybody could know. A record that no row
/// has takes the row's values by an upsert; that of another row is left alone.
struct KeyedInserts: Sendable {
    struct Resolution: Sendable {
        /// To be sent again, as upserts of records that no row has.
        var upserts: [(request: WriteRequest, record: SalesforceID)] = []
        var results: [ChangeResult] = []
        /// The records that these were refused for, by change.
        var holders: [Int64: SalesforceID] = [:]
        /// Those of which no record has the identifier: what Salesforce said of them stands.
        var others: [BatchDelivery.Answer] = []
    }

    let scope: SyncScope
    let table: TableSchema

    /// - Parameter madeNow: ids of records that the same call made.
    /// - Throws: `SalesforceError`, `PostgresError`.
    func resolve(_ refused: [BatchDelivery.Answer], madeNow: Set<String>) async throws -> Resolution {
        guard let column = table.upsertColumn.flatMap({ table.column(named: $0) }) else { return Resolution(others: refused) }
        func value(_ answer: BatchDelivery.Answer) -> String { (answer.request.change.values[column.name] ?? nil) ?? "" }
        let holders = try await OrgRecords(scope: scope).holders(
            of: column.field, in: table.objectName, isNumber: column.type.isNumber, values: refused.map(value))
        let (log, name) = (TriggerLog(schema: scope.connection.schemaName), table.table)
        let rows = try await scope.target.pool.withSession { try log.rows(table: name, sfids: holders.values.map(\.text), in: $0) }
        var resolution = Resolution()
        for answer in refused {
            let change = answer.request.change
            guard let holder = holders[value(answer)] else {
                resolution.others.append(answer)
                continue
            }
            let row = rows[holder.text]
            if row == nil && !madeNow.contains(holder.text) || row == change.recordID {
                resolution.upserts.append((WriteRequest(change: change, operation: .upsert, fields: answer.request.fields), holder))
            } else {
                let owner = row.map { "the row with id \($0)" } ?? "another row that was written with it"
                resolution.holders[change.id] = holder
                resolution.results.append(
                    .failure(
                        change, code: "DUPLICATE_VALUE",
                        message:
                            "the record \(holder.text) with the value \"\(value(answer))\" of \(column.name) belongs to \(owner) of \(table.qualifiedName)",
                        fields: [column.field]))
            }
        }
        return resolution
    }
}
