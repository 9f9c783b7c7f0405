import Foundation
import MappedSchema
import Salesforce

/// The SOQL with which a table is read.
struct ReadQuery: Sendable {
    let table: TableSchema

    /// Longest SOQL that is sent in a URL, of which Salesforce takes 16,384 bytes with all headers; percent-encoding makes it longer.
    static let longestInURL = 8000

    /// The query for a range of records.
    ///
    /// - Throws: `SalesforceError` when a field's name is none.
    func text(_ range: ReadRange) throws -> String {
        try text(table.columns.map(\.field), [try range.condition(stamp: table.stampColumn?.field), filter])
    }

    /// The query for some records by their ids.
    ///
    /// - Throws: `SalesforceError` when a field's name is none.
    func text(ids: [String]) throws -> String { try text(table.columns.map(\.field), ["Id IN " + SOQL.list(ids), filter]) }

    /// The query for the ids of a range of records, whether the table's filter lets them in or not.
    ///
    /// - Throws: `SalesforceError` when a field's name is none.
    func unfilteredIDs(_ range: ReadRange) throws -> String {
        try text(["Id"], [try range.condition(stamp: table.stampColumn?.field)])
    }

    private var filter: String? { table.filter.map { "(\($0))" } }

    private func text(_ fields: [String], _ conditions: [String?]) throws -> String {
        let conditions = conditions.compactMap(\.self)
        let select = try SOQL.select(fields, from: table.objectName)
        return conditions.isEmpty ? select : select + " WHERE " + conditions.joined(separator: " AND ")
    }

    /// The least and the greatest id that the org has of the object.
    ///
    /// - Throws: `SalesforceError`.
    func ends(_ salesforce: SalesforceClient) async throws -> (first: String?, last: String?) {
        func end(_ order: String) async throws -> String? {
            let soql = try SOQL.select(["Id"], from: table.objectName) + " ORDER BY Id \(order) LIMIT 1"
            return try QueryPageRows.ids(try await salesforce.query(soql, includeDeleted: true)).first
        }
        return (try await end("ASC"), try await end("DESC"))
    }
}

extension TableSchema {
    /// Records a page of a query: few, where each brings a file with it.
    var recordsPerPage: Int { hasBinary ? BinaryBodies.pageSize : 2000 }
}

extension SalesforceClient {
    /// Runs a query by the way that takes it: one too long for a URL in the body of a composite call.
    ///
    /// - Throws: `SalesforceError`.
    func firstPage(_ soql: String, includeDeleted: Bool, batchSize: Int = 2000) async throws -> QueryPage {
        soql.utf8.count <= ReadQuery.longestInURL
            ? try await query(soql, includeDeleted: includeDeleted, batchSize: batchSize)
            : try await queryInBody(soql, includeDeleted: includeDeleted)
    }

    /// All pages of a query that finds few records. Salesforce ends pages of wide records early, whatever size was asked for.
    ///
    /// - Throws: `SalesforceError`.
    func pages(_ soql: String, includeDeleted: Bool, batchSize: Int = 2000) async throws -> [QueryPage] {
        var pages = [try await firstPage(soql, includeDeleted: includeDeleted, batchSize: batchSize)]
        while let next = try await next(pages[pages.count - 1], batchSize: batchSize) { pages.append(next) }
        return pages
    }
}

extension SalesforceError {
    /// The object is one that no bulk query reads; REST does.
    var meansNoBulk: Bool {
        code == "INVALIDENTITY" || code == "InvalidEntity" || message.contains("not supported by the Bulk")
            || message.contains("not supported in Bulk")
    }

    /// The query found more, or looked for longer, than Salesforce allows: a part of it may do.
    var meansTooMuch: Bool { code == "QUERY_TIMEOUT" || code == "OPERATION_TOO_LARGE" || message.contains("QUERY_TIMEOUT") }
}
