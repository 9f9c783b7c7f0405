import Catalog
import Foundation
import JobQueue
import Logging
import MappedSchema
import Postgres
import Salesforce

/// Describes the object and brings the table to its shape, before a load.
struct TablePreparation: Sendable {
    let scope: SyncScope
    let mapping: Mapping
    let purpose: ReadPurpose

    /// - Throws: `SyncError`, `MappedSchemaError`, `SalesforceError`, `PostgresError`, `LeaseLost`.
    func run() async throws -> ReadProgress.Answer {
        let (lease, mappingID) = (scope.lease, mapping.id)
        let update = MappingUpdate(state: purpose.preparing, nextPoll: purpose.keepsPollsWaiting ? .never : nil)
        try await scope.catalog.pool.transaction { session in
            try JobQueue.hold(lease, in: session)
            try CatalogStore.reopenTrouble(of: mappingID, source: .load, in: session)
            try CatalogStore.updateMapping(mappingID, update, in: session)
        }
        try await scope.say(mapping: mapping, "RELOAD TABLE \(mapping.tableName)")
        let described = try await DescribedTable.make(for: mapping, scope: scope)
        let table = described.table
        let ownership = SchemaOwnership(connection: scope.connection, controlDatabase: try await scope.catalog.controlDatabaseID())
        let change = try await scope.target.transaction(under: scope.lease) { session in
            try TargetMetadata.ensure(schema: table.schema, ownership: ownership, in: session)
            return try TargetTable.ensure(table, in: session)
        }
        let isEmpty = try await scope.target.pool.withSession { try MappedRows(of: table).isEmpty(in: $0) }
        let encoded = String(decoding: try JSONEncoder().encode(table), as: UTF8.self)
        var ready = MappingUpdate(tableSchema: encoded)
        (ready.isDescribed, ready.describeDate) = (true, described.date)
        try await scope.update(mapping, ready)
        if !change.addedColumns.isEmpty || change.created {
            scope.logger.info(
                "Table ready", metadata: ["table": "\(table.qualifiedName)", "added": "\(change.addedColumns.joined(separator: ","))"])
        }
        if let warning = RowWidth(of: table.columns.map(\.type)).warning(of: table.objectName) {
            try await scope.say(.warning, mapping: mapping, warning)
        }
        return .described(isFresh: isEmpty && purpose.comparesIDs)
    }
}
