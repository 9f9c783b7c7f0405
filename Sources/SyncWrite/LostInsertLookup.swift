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

    /// Seconds by which the org's clock may be behind the target's.
    private static let clockDifference: TimeInterval = 300

    let scope: SyncScope
    let log: TriggerLog
    let table: TableSchema

    /// When an insert was marked as about to be sent.
    struct Mark: Sendable {
        /// By the target's clock.
        let at: Date
        /// How long ago that was when it was looked at.
        let age: Duration
        /// When it was looked at.
        var asked = ContinuousClock.now

        /// From when on Salesforce can have made the record, by its clock. A second for what it cuts off its times, and some for clocks of its own.
        ///
        /// - Parameter now: what that clock shows; nil where it cannot be told, and clocks differ.
        func earliest(whenOrgShows now: Date?, at instant: ContinuousClock.Instant = .now) -> Date {
            guard let now else { return at.addingTimeInterval(-LostInsertLookup.clockDifference) }
            return now.addingTimeInterval(-((age + asked.duration(to: instant)) / .seconds(1)) - 5)
        }
    }

    /// - Parameters:
    ///   - forms: what the insert may have said, the likeliest first.
    ///   - taken: records that were found for other inserts.
    /// - Throws: `SalesforceError`, `PostgresError`.
    func find(_ forms: [WriteRequest], excluding taken: Set<String>, mark: Mark) async throws -> LostInsert.Finding {
        var finding = LostInsert.Finding.notMade
        for form in forms {
            switch try await find(form, excluding: taken, mark: mark) {
            case .found(let id): return .found(id)
            case .unknown: finding = .unknown
            case .notMade: continue
            }
        }
        return finding
    }

    /// Of upserts that repeat attempts whose answers were lost, and that Salesforce refuses, those whose records were made by the first attempt: with the
    /// row's unique identifier, by the integration user since the row was inserted here, and no other row's.
    ///
    /// - Returns: the records, by change.
    /// - Throws: `SalesforceError`, `PostgresError`.
    func made(by refused: [WriteRequest]) async throws -> [Int64: String] {
        guard let user = scope.connection.salesforceUserID, let column = table.upsertColumn.flatMap({ table.column(named: $0) }) else {
            return [:]
        }
        let values = refused.compactMap { request in (request.change.values[column.name] ?? nil).map { (change: request.change, key: $0) } }
        guard !values.isEmpty,
            let first = try await scope.target.pool.withSession({ [log] in try log.firstCaptured(of: values.map(\.change.id), in: $0) })
        else { return [:] }
        let holders = try await OrgRecords(scope: scope).holders(
            of: column.field, in: table.objectName, isNumber: column.type.isNumber, values: values.map(\.key),
            madeBy: (user, first.addingTimeInterval(-Self.clockDifference)))
        var made: [Int64: String] = [:]
        for (change, key) in values {
            guard let holder = holders[key]?.text else { continue }
            if !(try await open([[holder]], for: change, excluding: Set(made.values)).isEmpty) { made[change.id] = holder }
        }
        return made
    }

    private func find(_ request: WriteRequest, excluding taken: Set<String>, mark: Mark) async throws -> LostInsert.Finding {
        guard let user = scope.connection.salesforceUserID else { return .unknown }
        let write = request.record
        let conditions = write.fields.compactMap(condition)
        if !conditions.isEmpty {
            // Two days forgive any difference between the clocks until the org's is known.
            let since = Date().addingTimeInterval(-48 * 3600)
            let (rows, _) = try await records(["Id", "CreatedDate"], conditions, by: user, since: since, limit: 200, mark)
            if let found = try await open(rows, for: request.change, excluding: taken).first?.row[0] { return .found(found) }
        }
        let lost = LostInsert(write, table: table)
        let fields = ["Id", "CreatedDate", "SystemModstamp"] + lost.sent.map(\.path)
        let (rows, isAll) = try await records(
            fields, [], by: user, since: mark.at.addingTimeInterval(-3600), limit: Self.mostCandidates, mark)
        guard isAll else { return conditions.isEmpty ? .unknown : .notMade }
        return lost.choose(
            try await open(rows, for: request.change, excluding: taken).compactMap { row, isRead in
                row[0].map { LostInsert.Candidate(id: $0, isChanged: row[1] != row[2], isRead: isRead, values: Array(row[3...])) }
            })
    }

    /// - Returns: the records that were made since the insert was marked, and whether these are all.
    private func records(
        _ fields: [String], _ conditions: [String], by user: String, since: Date, limit: Int, _ mark: Mark
    ) async throws -> (rows: [[String?]], isAll: Bool) {
        let all = conditions + ["CreatedById = \(SOQL.literal(user))", "CreatedDate >= \(SOQL.literal(since))"]
        let page = try await scope.salesforce.query(
            try SOQL.select(fields, from: table.objectName)
                + " WHERE \(all.joined(separator: " AND ")) ORDER BY CreatedDate LIMIT \(limit)",
            includeDeleted: false)
        let (rows, earliest) = (try page.texts(fields: fields), mark.earliest(whenOrgShows: page.serverDate))
        let made = rows.filter { row in row[1].flatMap { SalesforceDate.parse($0) }.map { $0 >= earliest } ?? false }
        return (made, rows.count < limit)
    }

    /// Those of the records, by id, that no row of the table has; and those that a poll brought as a row of their own since the insert was sent. Records
    /// of earlier changes are none of them, though the row may be gone.
    private func open(
        _ rows: [[String?]], for change: Change, excluding taken: Set<String>
    ) async throws -> [(row: [String?], isRead: Bool)] {
        let ids = rows.compactMap { $0[0] }.filter { !taken.contains($0) }
        guard !ids.isEmpty else { return [] }
        let (other, read) = try await scope.target.pool.withSession { [log] session in
            let copies = try log.copies(of: change, among: ids, in: session)
            let known = try log.known(table: change.table, sfids: ids, in: session)
            return (known.subtracting(copies).union(try log.namedBefore(change, among: ids, in: session)), known.intersection(copies))
        }
        let open = Set(ids).subtracting(other)
        return rows.compactMap { row in row[0].flatMap { open.contains($0) ? (row, read.contains($0)) : nil } }
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
