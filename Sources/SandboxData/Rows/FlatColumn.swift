package import SandboxBytes

/// A column of rows that nobody has written: what to generate, without a look at the schema's objects. The loop over these is where the org
/// spends its time when a result is read, and nothing in it counts references.
package struct FlatColumn: Sendable {
    private enum Source: Sendable {
        case id, createdDate, modifiedDate
        case generated(FieldGenerator)
        /// The long way round.
        case other
    }

    private let source: Source

    package init(_ field: FieldSchema) {
        source =
            switch field.role {
            case .id: .id
            case .createdDate: .createdDate
            case .modifiedDate, .modstamp: .modifiedDate
            case .stored: .generated(field.generator)
            default: .other
            }
    }

    /// False when the column needs the long way.
    @inline(__always)
    package func append(_ row: Int, _ store: RowStore, style: ValueStyle, to writer: inout ByteWriter) -> Bool {
        switch source {
        case .id:
            writer.append(id: RecordID(object: store.object.index, row: row), prefixes: store.prefixes, style: style)
        case .createdDate:
            writer.append(datetime: store.created(row, nil), style: style)
        case .modifiedDate:
            writer.append(datetime: store.modstamp(row, nil), style: style)
        case .generated(let generator):
            generator.append(row, prefixes: store.prefixes, style: style, to: &writer)
        case .other:
            return false
        }
        return true
    }
}
