import Salesforce

extension QueryPage {
    /// The values of the page's records as texts, field by field; nil for null.
    ///
    /// - Throws: `SalesforceError` when the page is malformed.
    func texts(fields: [String]) throws -> [[String?]] {
        var scanner = QueryPageScanner(fields: fields)
        var rows: [[String?]] = []
        try scanner.scan(self) { record in
            rows.append(fields.indices.map { record.string($0) })
        }
        return rows
    }
}
