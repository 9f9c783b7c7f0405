import SandboxBytes
import SandboxData
import SandboxStore

/// A checksum over live rows that another program can compute from its own copy of them.
///
/// The text that is hashed: rows sorted by Id (by bytes), each row the values of the asked fields joined by U+001F and ended by U+001E, all
/// in UTF-8. Null is the empty text. Booleans are `true` and `false`. Numbers are the shortest decimal that reads back as the same double,
/// written as Postgres writes `float8` (`100`, `0.5`, `950000000`, `1e+15`). Datetimes are `YYYY-MM-DD HH:MM:SS` in UTC, dates
/// `YYYY-MM-DD`, times `HH:MM:SS.mmmZ`, references the 18-character id. Nothing is escaped.
struct CanonicalHash {
    let snapshot: OrgSnapshot
    let object: ObjectSchema
    let fields: [FieldSchema]

    func compute() async -> (rows: Int, sha256: String) {
        let store = snapshot.stores[object.index]
        var hash = SHA256()
        var writer = ByteWriter(capacity: 160 * 1024)
        var rows = 0
        for row in 0..<store.count {
            if row & 0xFFF == 0xFFF { await Task.yield() }
            if !(store.state(row)?.isLive ?? true) { continue }
            rows += 1
            for (index, field) in fields.enumerated() {
                if index > 0 { writer.append(0x1F) }
                guard field.isExpression else {
                    store.append(row, field, style: .canonical, to: &writer)
                    continue
                }
                let value = snapshot.value(RecordID(object: object.index, row: row), field)
                writer.append(value, prefixes: store.prefixes, style: .canonical)
            }
            writer.append(0x1E)
            if writer.count > 128 * 1024 {
                hash.update(writer.bytes)
                writer.removeAll()
            }
        }
        hash.update(writer.bytes)
        return (rows, SHA256.hexadecimal(hash.finish()))
    }
}
