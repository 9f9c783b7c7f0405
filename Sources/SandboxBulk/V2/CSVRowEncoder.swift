package import NIOCore
import SandboxBytes
package import SandboxData
import SandboxHTTP
package import SandboxQuery

/// Encodes rows as Bulk CSV, a chunk at a time, as they were at one moment: later edits change no page of a result.
package struct CSVRowEncoder: ChunkSource {
    private static let chunkBytes = 128 * 1024

    package let snapshot: OrgSnapshot
    package let object: ObjectSchema
    package let columns: [BoundField]
    package let rows: RowSet
    package let dialect: CSVDialect
    private var position: Int
    private let end: Int
    private var wroteHeader = false
    private let isFlat: Bool
    private let flat: [FlatColumn]
    private let delimiter: UInt8

    package init(snapshot: OrgSnapshot, object: ObjectSchema, columns: [BoundField], rows: RowSet, page: Range<Int>, dialect: CSVDialect) {
        self.snapshot = snapshot
        self.object = object
        self.columns = columns
        self.rows = rows
        self.dialect = dialect
        self.delimiter = dialect.delimiter
        self.position = page.lowerBound
        self.end = page.upperBound
        self.flat = columns.map { FlatColumn($0.field) }
        self.isFlat = columns.allSatisfy { $0.parents.isEmpty && $0.function == nil && !$0.field.isExpression }
    }

    package mutating func next() -> ByteBuffer? {
        guard !wroteHeader || position < end else { return nil }
        var writer = ByteWriter(capacity: Self.chunkBytes + 16_384)
        if !wroteHeader { writeHeader(&writer) }
        let store = snapshot.stores[object.index]
        while position < end, writer.count < Self.chunkBytes {
            let row = rows[position]
            if isFlat { writeFlat(row, store, &writer) } else { write(row, snapshot, &writer) }
            dialect.endLine(&writer)
            position += 1
        }
        return writer.makeBuffer()
    }

    private mutating func writeHeader(_ writer: inout ByteWriter) {
        for (index, column) in columns.enumerated() {
            if index > 0 { writer.append(dialect.delimiter) }
            writer.append(0x22)
            writer.append(string: column.name)
            writer.append(0x22)
        }
        dialect.endLine(&writer)
        wroteHeader = true
    }

    @inline(__always)
    private func writeFlat(_ row: Int, _ store: RowStore, _ writer: inout ByteWriter) {
        let state = store.state(row)
        flat.withUnsafeBufferPointer { flat in
            for index in flat.indices {
                if index > 0 { writer.append(delimiter) }
                if state == nil, flat[index].append(row, store, style: .bulkCSV, to: &writer) { continue }
                store.append(row, state, columns[index].field, style: .bulkCSV, to: &writer)
            }
        }
    }

    private func write(_ row: Int, _ snapshot: OrgSnapshot, _ writer: inout ByteWriter) {
        for (index, column) in columns.enumerated() {
            if index > 0 { writer.append(dialect.delimiter) }
            column.append(row, object: object.index, in: snapshot, style: .bulkCSV, to: &writer)
        }
    }
}
