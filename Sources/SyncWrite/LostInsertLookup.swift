import Catalog
import Foundation
import LoggedChanges
import MappedSchema
import Postgres
import Salesforce
import Sync

/// Finds the record of an insert whose answer was lost, so that it is not made twice: by its values, and among all that the integration user made
/// around that time.
struct LostInsertLookup: Sendable {
    /// Values long enough to be long text areas cannot stand in a WHERE clause.
    private static let longestComparable = 255
    /// Records that are looked through.
    private static let mostCandidates = 500
    /// How long Salesforce may still work on a call whose client is gone.
    static let patience = Duration.seconds(20)

    let scope: SyncScope
    let log: TriggerLog
    let table: TableSchema

    /// - Parameters:
    ///   - forms: what the insert may have said, the likeliest first.
    ///   - taken: records that were found for other inserts.
    ///   - sentAt: when the insert was marked as about to be sent.
    /// - Throws: `SalesforceError`, `PostgresError`.
    func find(_ forms: [WriteRequest], excluding taken: Set<String>, sentAt: Date) async throws -> LostInsert.Finding {
        var finding = LostInsert.Finding.notMade
        for form in forms {
            switch try await find(form, excluding: taken, sentAt: sentAt) {
            case .found(let id): return .found(id)
            case .unknown: finding = .unknown
            case .notMade: continue
            }
        }
        return finding
    }

    private func find(_ request: WriteRequest, excluding taken: Set<String>, sentAt: Date) async throws -> LostInsert.Finding {
        guard let user = scope.connection.salesforceUserID else { return .unknown }
        let write = request.record
        let conditions = write.fields.compactMap(condition)
        if !conditions.isEmpty {
            // Two days forgive any difference between the clocks; that no row knows the record is what counts.
            let since = Date().addingTimeInterval(-48 * 3600)
            let rows = try await records(["Id", "CreatedDate"], conditions, by: user, since: since, limit: 200)
            if let found = try await open(rows, for: request.change, excluding: taken, sentAt: sentAt).first?[0] { return .found(found) }
        }
        let lost = LostInsert(write, table: table)
        let fields = ["Id", "CreatedDate", "SystemModstamp"] + lost.sent.map(\.path)
        let rows = try await records(fields, [], by: user, since: sentAt.addingTimeInterval(-3600), limit: Self.mostCandidates)
        guard rows.count < Self.mostCandidates else { return conditions.isEmpty ? .unknown : .notMade }
        return lost.choose(
            try await open(rows, for: request.change, excluding: taken, sentAt: sentAt).compactMap { row in
                row[0].map { LostInsert.Candidate(id: $0, isChanged: row[1] != row[2], values: Array(row[3...])) }
            })
    }

    private func records(_ fields: [String], _ conditions: [String], by user: String, since: Date, limit: Int) async throws -> [[String?]] {
        let all = conditions + ["CreatedById = \(SOQL.literal(user))", "CreatedDate >= \(SOQL.literal(since))"]
        let page = try await scope.salesforce.query(
            try SOQL.select(fields, from: table.objectName)
                + " WHERE \(all.joined(separator: " AND ")) ORDER BY CreatedDate LIMIT \(limit)",
            includeDeleted: false)
        return try page.texts(fields: fields)
    }

    /// Those of the records, by id and time, that no row of the table has; and those that a poll brought as a row of their own since the insert
    /// was sent. Records of earlier changes are none of them, though the row may be gone.
    private func open(_ rows: [[String?]], for change: Change, excluding taken: Set<String>, sentAt: Date) async throws -> [[String?]] {
        let rows = rows.filter { row in row[0].map { !taken.contains($0) } ?? false }
        guard !rows.isEmpty else { return [] }
        // Clocks differ.
        let since = sentAt.addingTimeInterval(-300)
        let recent = rows.filter { row in row[1].flatMap { SalesforceDate.parse($0) }.map { $0 >= since } ?? false }
        let ids = (all: rows.compactMap { $0[0] }, recent: recent.compactMap { $0[0] })
        let known = try await scope.target.pool.withSession { [log] session in
            try log.known(table: change.table, sfids: ids.all, in: session)
                .subtracting(try log.copies(of: change, among: ids.recent, in: session))
                .union(try log.namedBefore(change, among: ids.all, in: session))
        }
        return rows.filter { row in row[0].map { !known.contains($0) } ?? false }
    }

    /// Texts, numbers, days and parents; a checkbox tells hardly any record from another.
    private func condition(_ field: RecordWrite.Field) -> String? {
        guard let column = table.column(field: field.name) else { return nil }
        switch (field.value, column.type) {
        case (.string(let text), .varchar) where text.utf8.count <= Self.longestComparable && !text.isEmpty:
            return "\(field.name) = \(SOQL.literal(text))"
        case (.string(let text), .date): return "\(field.name) = \(text)"
        case (.number(let text), .integer): return "\(field.name) = \(text)"
        default: return nil
        }
    }
}
