import Catalog
import MappedSchema
import Postgres
import Salesforce

/// Looks records up in Salesforce by their ids, and stages them as a poll does, so that they can be compared with rows or merged into them.
struct RecordLookup: Sendable {
    /// Longest SOQL that is sent in a URL.
    private static let longestQuery = 8000
    /// Ids in one query, at most.
    static let mostIDs = 200

    let scope: SyncScope
    let table: TableSchema

    /// Some records as COPY takes them.
    struct Found: Sendable {
        var bytes: [UInt8] = []
        var count = 0
    }

    /// The records with these ids that the org has.
    ///
    /// - Throws: `SalesforceError`; `SyncError` when the mapping has too many fields for one query.
    func records(_ sfids: [String]) async throws -> Found {
        let ids = sfids.compactMap { SalesforceID($0) }
        guard !ids.isEmpty else { return Found() }
        let select = try SOQL.select(table.columns.map(\.field), from: table.objectName)
        // An id takes 18 characters, its quotation marks, percent-encoded, and a comma.
        let room = (Self.longestQuery - select.utf8.count - 40) / 27
        guard room > 0 else {
            throw SyncError(code: .badConfiguration, message: "\(table.objectName) has too many mapped fields to look single records up")
        }
        var found = Found()
        for start in stride(from: 0, to: ids.count, by: min(room, Self.mostIDs)) {
            let part = ids[start..<min(start + min(room, Self.mostIDs), ids.count)]
            let soql = "\(select) WHERE Id IN \(SOQL.list(part.map(\.text)))"
            try await add(query: soql, to: &found)
        }
        return found
    }

    /// The next records in the order of their ids, at most one page of the org's own size.
    ///
    /// - Returns: them, and the last one's id; nil when there are no more.
    /// - Throws: `SalesforceError`.
    func records(after sfid: String?, search: String?, limit: Int) async throws -> (found: Found, last: String?) {
        var conditions: [String] = []
        if let sfid = sfid.flatMap({ SalesforceID($0) }) { conditions.append("Id > \(SOQL.literal(sfid))") }
        if let search { conditions.append(try condition(search)) }
        let filter = conditions.isEmpty ? "" : " WHERE \(conditions.joined(separator: " AND "))"
        let soql = try SOQL.select(table.columns.map(\.field), from: table.objectName) + "\(filter) ORDER BY Id LIMIT \(limit)"
        guard soql.utf8.count <= Self.longestQuery else {
            throw SyncError(code: .badConfiguration, message: "\(table.objectName) has too many mapped fields to look single records up")
        }
        let page = try await scope.salesforce.query(soql)
        let rows = try QueryPageRows.copyText(page, columns: table.columns)
        let ids = try QueryPageRows.ids(page)
        return (Found(bytes: rows.bytes, count: rows.count), ids.last)
    }

    /// Which of these records there are.
    ///
    /// - Throws: `SalesforceError`.
    func ids(_ sfids: [String]) async throws -> [String] {
        let ids = sfids.compactMap { SalesforceID($0)?.text }
        guard !ids.isEmpty else { return [] }
        let soql = try SOQL.select(["Id"], from: table.objectName) + " WHERE Id IN \(SOQL.list(ids))"
        return try QueryPageRows.ids(try await scope.salesforce.query(soql))
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

    private func add(query soql: String, to found: inout Found) async throws {
        var page: QueryPage? = try await scope.salesforce.query(soql)
        while let current = page {
            let rows = try QueryPageRows.copyText(current, columns: table.columns)
            found.bytes += rows.bytes
            found.count += rows.count
            page = try await scope.salesforce.next(current)
        }
    }

    /// Puts records into a stage that goes with the transaction.
    ///
    /// - Throws: `PostgresError`, `SyncError`.
    static func stage(_ found: Found, _ table: TableSchema, in session: PostgresSession) throws -> StageTable {
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
