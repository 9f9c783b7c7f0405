package import SandboxData
import SandboxQuery

extension RowState {
    private static let deleted: UInt8 = 1
    private static let purged: UInt8 = 2
    /// There is no state: the row is as it was generated.
    private static let absent: UInt8 = 4

    package static func write(_ state: RowState?, to bytes: inout [UInt8]) {
        guard let state else { return bytes.append(absent) }
        bytes.append((state.isDeleted ? deleted : 0) | (state.isPurged ? purged : 0))
        for time in [state.created, state.modified, state.modstamp] { bytes.append(signed: time) }
        for user in [state.createdBy, state.modifiedBy] { bytes.append(count: user) }
        bytes.append(count: state.cells.count)
        for cell in state.cells {
            bytes.append(count: cell.field)
            cell.value.write(to: &bytes)
        }
    }

    package static func read(_ reader: inout ByteReader) throws(StorageError) -> RowState? {
        let flags = try reader.byte()
        guard flags & absent == 0 else { return nil }
        let created = try reader.signed()
        let modified = try reader.signed()
        let modstamp = try reader.signed()
        let createdBy = try reader.count()
        let modifiedBy = try reader.count()
        var cells: [Cell] = []
        for _ in 0..<(try reader.count()) { cells.append(Cell(field: try reader.count(), value: try Value.read(&reader))) }
        return RowState(
            cells: cells, isDeleted: flags & deleted != 0, isPurged: flags & purged != 0, created: created, createdBy: createdBy,
            modified: modified, modifiedBy: modifiedBy, modstamp: modstamp)
    }
}

extension Value {
    package func write(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes.append(0)
        case .bool(let flag): bytes.append(flag ? 2 : 1)
        case .int(let number):
            bytes.append(3)
            bytes.append(signed: number)
        case .double(let number):
            bytes.append(4)
            bytes.append(double: number)
        case .text(let text):
            bytes.append(5)
            bytes.append(text: text)
        case .date(let days):
            bytes.append(6)
            bytes.append(signed: Int64(days))
        case .datetime(let seconds):
            bytes.append(7)
            bytes.append(signed: seconds)
        case .time(let milliseconds):
            bytes.append(8)
            bytes.append(signed: Int64(milliseconds))
        case .ref(let id):
            bytes.append(9)
            bytes.append(count: id.object)
            bytes.append(count: id.row)
        }
    }

    package static func read(_ reader: inout ByteReader) throws(StorageError) -> Value {
        switch try reader.byte() {
        case 0: return .null
        case 1: return .bool(false)
        case 2: return .bool(true)
        case 3: return .int(try reader.signed())
        case 4: return .double(try reader.double())
        case 5: return .text(try reader.text())
        case 6: return .date(Int(try reader.signed()))
        case 7: return .datetime(try reader.signed())
        case 8: return .time(Int(try reader.signed()))
        case 9: return .ref(RecordID(object: try reader.count(), row: try reader.count()))
        default: throw StorageError(description: "a value of an unknown kind: it was written by another version of the sandbox org")
        }
    }
}
