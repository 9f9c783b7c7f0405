import NIOCore
import SandboxBytes
import SandboxData
import SandboxHTTP
import SandboxQuery
import SandboxStore

/// Encodes a query's rows as the JSON of Bulk 1.0, a chunk at a time: a list of records, with times in milliseconds.
struct JSONRows: ChunkSource {
    private static let chunkBytes = 128 * 1024

    let snapshot: OrgSnapshot
    let shape: RowShape
    let rows: RowSet
    /// `/services/data/v60.0/sobjects/`
    let path: String
    private var position = 0
    private var isDone = false

    init(snapshot: OrgSnapshot, shape: RowShape, rows: RowSet, path: String) {
        self.snapshot = snapshot
        self.shape = shape
        self.rows = rows
        self.path = path
    }

    mutating func next() -> ByteBuffer? {
        guard !isDone else { return nil }
        var writer = ByteWriter(capacity: Self.chunkBytes + 16_384)
        if position == 0 { writer.append(UInt8(ascii: "[")) }
        while position < rows.count, writer.count < Self.chunkBytes {
            if position > 0 { writer.append(UInt8(ascii: ",")) }
            shape.write(rows[position], in: snapshot, path: path, style: .bulkJSON, to: &writer)
            position += 1
        }
        isDone = position == rows.count
        if isDone { writer.append(UInt8(ascii: "]")) }
        return writer.makeBuffer()
    }
}
