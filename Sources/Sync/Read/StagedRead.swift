import Catalog
import Foundation
import JobQueue
import MappedSchema
import Postgres
import Salesforce

/// Reads an object by REST into the stage of its read: small ones, and those that no bulk query takes. A run that dies begins again.
struct StagedRead: Sendable {
    let scope: SyncScope
    let mapping: Mapping
    let table: TableSchema

    /// Reads so many records at most.
    ///
    /// - Returns: nil when there are more, or Salesforce finds them too much for a query by REST.
    /// - Throws: as `run(_:includesDeleted:)`.
    func run(_ soql: String, includesDeleted: Bool, upTo most: Int) async throws -> ReadProgress.Answer? {
        do {
            let first = try await firstPage(soql, includesDeleted)
            return first.envelope.totalSize <= most ? try await stage(first) : nil
        } catch let error as SalesforceError where error.meansTooMuch {
            return nil
        }
    }

    /// - Throws: `SalesforceError`; `SyncError` with code `.inconsistent`; `PostgresError`; `LeaseLost`.
    func run(_ soql: String, includesDeleted: Bool) async throws -> ReadProgress.Answer {
        try await stage(try await firstPage(soql, includesDeleted))
    }

    private func firstPage(_ soql: String, _ includesDeleted: Bool) async throws -> QueryPage {
        try await scope.salesforce.firstPage(soql, includeDeleted: includesDeleted, batchSize: table.recordsPerPage)
    }

    private func stage(_ first: QueryPage) async throws -> ReadProgress.Answer {
        try await scope.say(mapping: mapping, "Loading \(first.envelope.totalSize) rows of table \(table.table) via REST")
        let stage = StageTable.ofLoad(mappingID: mapping.id, jobID: scope.context.job.id, table)
        guard let startedAt = first.serverDate else {
            throw SyncError(code: .inconsistent, message: "Salesforce answered a query of \(table.objectName) without a date")
        }
        var (rows, bytes) = (0, 0)
        var page: QueryPage? = first
        while let current = page {
            let copied = try await BinaryBodies.rows(of: current, table, scope.salesforce)
            try await scope.target.transaction(under: scope.lease) { session in
                let count = try session.copyIn(stage.copyText) { writer in try copied.bytes.withUnsafeBytes { try writer.write($0) } }
                guard count == copied.count else {
                    throw SyncError(code: .inconsistent, message: "a page of \(copied.count) rows was staged as \(count)")
                }
            }
            rows += copied.count
            bytes += current.bytes.count
            page = try await scope.salesforce.next(current, batchSize: table.recordsPerPage)
        }
        return .staged(rows: rows, bytes: bytes, at: startedAt)
    }
}
