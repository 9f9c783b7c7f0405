package import SandboxData
import SandboxQuery

/// What the journal and its snapshots are made of.
package enum StorageRecord: Sendable {
    package struct Row: Sendable {
        package let object: Int
        package let row: Int
        package let state: RowState?
    }

    /// Numbers that an object keeps beside its rows, by the object's place.
    package struct Counters: Sendable, Equatable {
        var autoNumbers: [Int] = []
        var deleteLogStarts: [Int64] = []
        /// Records that an approval or an administrator locked.
        package var locked: [RecordID] = []
    }

    /// One transaction, by what the rows are after it.
    case rows([Row], Counters?)
    /// A change of the schema, as it was asked for.
    case schema(SchemaChange)
    case session(Sessions.Event)
    /// The end of a snapshot.
    case end

    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        switch self {
        case .rows(let rows, let counters):
            bytes.reserveCapacity(rows.count * 160 + 64)
            bytes.append(1)
            bytes.append(count: rows.count)
            for row in rows {
                bytes.append(count: row.object)
                bytes.append(count: row.row)
                RowState.write(row.state, to: &bytes)
            }
            bytes.append(counters == nil ? 0 : 1)
            if let counters {
                bytes.append(count: counters.autoNumbers.count)
                for number in counters.autoNumbers { bytes.append(count: number) }
                for time in counters.deleteLogStarts { bytes.append(signed: time) }
                bytes.append(count: counters.locked.count)
                for id in counters.locked {
                    bytes.append(count: id.object)
                    bytes.append(count: id.row)
                }
            }
        case .schema(let change):
            bytes.append(2)
            bytes.append(signed: change.time)
            bytes.append(text: change.text)
        case .session(let event):
            bytes.append(3)
            bytes.append(text: event.name)
            bytes.append(text: event.token)
        case .end:
            bytes.append(4)
        }
        return bytes
    }

    init(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
        var reader = ByteReader(bytes)
        switch try reader.byte() {
        case 1:
            var rows: [Row] = []
            for _ in 0..<(try reader.count()) {
                rows.append(Row(object: try reader.count(), row: try reader.count(), state: try RowState.read(&reader)))
            }
            self = .rows(rows, try Self.counters(&reader))
        case 2:
            let time = try reader.signed()
            guard let change = SchemaChange(text: try reader.text(), time: time) else { throw Self.unknown }
            self = .schema(change)
        case 3:
            let name = try reader.text()
            guard let event = Sessions.Event(name: name, token: try reader.text()) else { throw Self.unknown }
            self = .session(event)
        case 4: self = .end
        default: throw Self.unknown
        }
    }

    private static let unknown = StorageError(
        description: "a record of an unknown kind: it was written by another version of the sandbox org")

    private static func counters(_ reader: inout ByteReader) throws(StorageError) -> Counters? {
        guard try reader.byte() == 1 else { return nil }
        var counters = Counters()
        let count = try reader.count()
        for _ in 0..<count { counters.autoNumbers.append(try reader.count()) }
        for _ in 0..<count { counters.deleteLogStarts.append(try reader.signed()) }
        for _ in 0..<(try reader.count()) { counters.locked.append(RecordID(object: try reader.count(), row: try reader.count())) }
        return counters
    }
}
