import Catalog
import Foundation
package import MappedSchema
package import Postgres
import Salesforce

/// Looks records up in Salesforce by their ids, and stages them as a poll does, so that they can be compared with rows or merged into them.
package struct RecordLookup: Sendable {
    /// Ids in one query, at most.
    static let mostIDs = 200

    let scope: SyncScope
    let table: TableSchema

    /// Records of one mapped table.
    package init(scope: SyncScope, table: TableSchema) {
        self.scope = scope
        self.table = table
    }

    /// Some records as COPY takes them.
    package struct Found: Sendable {
        var bytes: [UInt8] = []
        /// How many there are.
        package internal(set) var count = 0
    }

    /// The records with these ids that the org has and the mapping maps.
    ///
    /// - Throws: `SalesforceError`; `SyncError`.
    package func records(_ sfids: [String]) async throws -> Found {
        try await rows(sfids).rows.reduce(into: Found()) { found, page in
            found.bytes += page.bytes
            found.count += page.count
        }
    }

    /// The same page by page, with what files they hold, and how many queries it took.
    ///
    /// - Throws: `SalesforceError`; `SyncError`.
    func rows(_ sfids: [String]) async throws -> (rows: [QueryPageRows], calls: Int) {
        let ids = sfids.compactMap { SalesforceID($0)?.text }
        var (rows, calls): ([QueryPageRows], Int) = ([], 0)
        for start in stride(from: 0, to: ids.count, by: Self.mostIDs) {
            let soql = try ReadQuery(table: table).text(ids: Array(ids[start..<min(start + Self.mostIDs, ids.count)]))
            for page in try await scope.salesforce.pages(soql, includeDeleted: false, batchSize: table.recordsPerPage) {
                rows.append(try await BinaryBodies.rows(of: page, table, scope.salesforce))
                calls += 1
            }
        }
        return (rows, calls)
    }

    /// The next records in the order of their ids, at most one page of the org's own size.
    ///
    /// - Returns: them, and the last one's id; nil when there are no more.
    /// - Throws: `SalesforceError`.
    package func records(after sfid: String?, search: String?, limit: Int) async throws -> (found: Found, last: String?) {
        var conditions = [table.filter.map { "(\($0))" }].compactMap(\.self)
        if let sfid = sfid.flatMap({ SalesforceID($0) }) { conditions.append("Id > \(SOQL.literal(sfid))") }
        if let search { conditions.append(try condition(search)) }
        let filter = conditions.isEmpty ? "" : " WHERE \(conditions.joined(separator: " AND "))"
        let soql = try SOQL.select(table.columns.map(\.field), from: table.objectName) + "\(filter) ORDER BY Id LIMIT \(limit)"
        let page = try await scope.salesforce.firstPage(soql, includeDeleted: false)
        let rows = try QueryPageRows.copyText(page, columns: table.columns)
        let ids = try QueryPageRows.ids(page)
        return (Found(bytes: rows.bytes, count: rows.count), ids.last)
    }

    /// The first 15 characters of the ids of those of these records that the org has and the mapping maps, and how many queries it took.
    ///
    /// - Throws: `SalesforceError`.
    func present(_ sfids: [String]) async throws -> (ids: Set<String>, calls: Int) {
        let ids = sfids.compactMap { SalesforceID($0)?.text }
        var present: Set<String> = []
        var calls = 0
        for start in stride(from: 0, to: ids.count, by: Self.mostIDs) {
            let soql = try ReadQuery(table: table.idsOnly).text(ids: Array(ids[start..<min(start + Self.mostIDs, ids.count)]))
            for page in try await scope.salesforce.pages(soql, includeDeleted: false) {
                present.formUnion(try QueryPageRows.ids(page).map { String($0.prefix(15)) })
                calls += 1
            }
        }
        return (present, calls)
    }

    /// The first 15 characters of the ids of the records that were deleted after a moment of Salesforce's clock, and how many calls it took. None where
    /// the org keeps no log of them.
    ///
    /// - Throws: `SalesforceError`.
    func deleted(after moment: Date) async throws -> (ids: Set<String>, calls: Int) {
        let now = try await scope.salesforce.serverDate()
        do {
            // The log ignores seconds, and takes no window of less than a minute.
            let log = try await scope.salesforce.deleted(
                table.objectName, from: moment.addingTimeInterval(-120), to: max(now, moment).addingTimeInterval(60))
            return (Set(log.records.filter { $0.deletedDate > moment }.map { String($0.id.prefix(15)) }), 2)
        } catch let error as SalesforceError where error.meansNotReplicateable {
            return ([], 2)
        }
    }

    private func condition(_ search: String) throws -> String {
        if let id = SalesforceID(search) { return "Id = \(SOQL.literal(id))" }
        guard let name = table.columns.first(where: { $0.name == "name" }) else {
            throw SyncError(
                code: .badConfiguration, message: "records of \(table.objectName) can be searched by their id only: Name is not mapped")
        }
        // LIKE's own wildcards in what somebody searches mean themselves.
        let text = SOQL.literal(search).dropFirst().dropLast().replacing("%", with: "\\%").replacing("_", with: "\\_")
        return "\(try SOQL.identifier(name.field)) LIKE '%\(text)%'"
    }

    /// Puts records into a stage that goes with the transaction.
    ///
    /// - Throws: `PostgresError`, `SyncError`.
    package static func stage(_ found: Found, _ table: TableSchema, in session: PostgresSession) throws -> StageTable {
        let stage = StageTable.ofPoll(table)
        try stage.createTemporary(in: session)
        guard found.count > 0 else { return stage }
        let copied = try session.copyIn(stage.copyText) { writer in try found.bytes.withUnsafeBytes { try writer.write($0) } }
        guard copied == found.count else {
            throw SyncError(code: .inconsistent, message: "\(found.count) records were staged as \(copied)")
        }
        return stage
    }
}
