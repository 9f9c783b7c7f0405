import MappedSchema
import Salesforce

/// Turns a page of query results into COPY rows in one pass over its bytes.
struct QueryPageRows: Sendable {
    /// The rows in COPY's text form.
    let bytes: [UInt8]
    /// How many there are.
    let count: Int

    /// - Parameter bodies: what stands in binary columns, by the address that the page has there.
    /// - Throws: `SalesforceError` when the page is malformed.
    static func copyText(_ page: QueryPage, columns: [MappedColumn], bodies: [String: String] = [:]) throws -> QueryPageRows {
        var scanner = QueryPageScanner(fields: columns.map(\.field))
        var row = CopyRow(capacity: page.bytes.count)
        var scratch: [UInt8] = []
        var count = 0
        try scanner.scan(page) { record in
            for (place, slot) in record.slots.enumerated() {
                switch slot.kind {
                case .string where !bodies.isEmpty && columns[place].isBinary:
                    row.append((record.string(place).flatMap { bodies[$0] } ?? "").utf8)
                case .null: row.appendNull()
                case .true: row.append("t".utf8)
                case .false: row.append("f".utf8)
                case .number, .composite: row.append(record.raw(slot))
                case .string:
                    if slot.needsUnescape {
                        scratch.removeAll(keepingCapacity: true)
                        record.appendText(slot, to: &scratch)
                        row.append(scratch)
                    } else {
                        row.append(record.raw(slot))
                    }
                }
            }
            row.endRow()
            count += 1
        }
        return QueryPageRows(bytes: row.bytes, count: count)
    }

    /// The ids of a page of `SELECT Id`.
    ///
    /// - Throws: `SalesforceError` when the page is malformed.
    static func ids(_ page: QueryPage) throws -> [String] {
        var scanner = QueryPageScanner(fields: ["Id"])
        var ids: [String] = []
        try scanner.scan(page) { record in
            if let id = record.string(0) { ids.append(id) }
        }
        return ids
    }
}
