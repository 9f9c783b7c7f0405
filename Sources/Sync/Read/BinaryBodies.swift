import Foundation
import MappedSchema
import Salesforce

/// The contents of binary fields (Attachment.Body, Document.Body, ContentVersion.VersionData): a query answers with their addresses. Each is fetched by a
/// call of its own and kept as text in base64, as far as Heroku Connect goes (heroku-connect.md 7.4).
enum BinaryBodies {
    /// The most records of which bodies are read.
    static let mostRecords = 20_000
    /// Records a page: bodies of all of them are in memory at a time.
    static let pageSize = 200

    /// A page's rows, with their bodies.
    ///
    /// - Throws: `SyncError` with code `.badConfiguration` when there are too many records; `SalesforceError`.
    static func rows(of page: QueryPage, _ table: TableSchema, _ salesforce: SalesforceClient) async throws -> QueryPageRows {
        let columns = table.columns.filter(\.isBinary)
        guard !columns.isEmpty else { return try QueryPageRows.copyText(page, columns: table.columns) }
        guard page.envelope.totalSize <= mostRecords else {
            throw SyncError(
                code: .badConfiguration,
                message:
                    "the field \(table.objectName).\(columns[0].field) holds files, which are read one by one, of at most \(mostRecords) records; \(page.envelope.totalSize) are to be read. Take it out of the mapping, or set a row_filter"
            )
        }
        var addresses: [String] = []
        var scanner = QueryPageScanner(fields: columns.map(\.field))
        try scanner.scan(page) { record in addresses += columns.indices.compactMap { record.string($0) } }
        var bodies: [String: String] = [:]
        for address in addresses where address.hasPrefix("/services/data/") {
            try Task.checkCancellation()
            bodies[address] = Data(try await salesforce.body(at: address)).base64EncodedString()
        }
        return try QueryPageRows.copyText(page, columns: table.columns, bodies: bodies)
    }
}
