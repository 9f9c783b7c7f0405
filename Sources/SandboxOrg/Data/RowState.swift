/// What differs from the generated row, or everything when the row was inserted. Immutable: a write replaces it, so readers never wait.
///
/// Millions of them are in memory: numbers are no wider than they have to be, and what is narrow comes last.
final class RowState: Sendable {
    struct Cell: Sendable {
        let value: Value
        private let index: UInt32

        var field: Int { Int(index) }

        init(field: Int, value: Value) {
            self.value = value
            index = UInt32(truncatingIfNeeded: field)
        }
    }

    let cells: [Cell]
    let created: Int64
    let modified: Int64
    let modstamp: Int64
    private let creator: UInt32
    private let modifier: UInt32
    let isDeleted: Bool
    /// Out of the recycle bin as well, or never committed: no query sees it any more.
    let isPurged: Bool

    var createdBy: Int { Int(creator) }
    var modifiedBy: Int { Int(modifier) }

    init(
        cells: [Cell], isDeleted: Bool, isPurged: Bool = false, created: Int64, createdBy: Int, modified: Int64, modifiedBy: Int,
        modstamp: Int64
    ) {
        self.cells = Self.fitted(cells)
        self.isDeleted = isDeleted
        self.isPurged = isPurged
        self.created = created
        creator = UInt32(truncatingIfNeeded: createdBy)
        self.modified = modified
        modifier = UInt32(truncatingIfNeeded: modifiedBy)
        self.modstamp = modstamp
    }

    /// Without the room that an array keeps for growing.
    private static func fitted(_ cells: [Cell]) -> [Cell] {
        guard cells.capacity > cells.count + 1 else { return cells }
        var fitted: [Cell] = []
        fitted.reserveCapacity(cells.count)
        fitted.append(contentsOf: cells)
        return fitted
    }

    /// Neither deleted nor purged.
    var isLive: Bool { !isDeleted && !isPurged }

    /// The same values in another state of life.
    func with(isDeleted: Bool, isPurged: Bool) -> RowState {
        RowState(
            cells: cells, isDeleted: isDeleted, isPurged: isPurged, created: created, createdBy: createdBy, modified: modified,
            modifiedBy: modifiedBy, modstamp: modstamp)
    }

    /// The same row with other values.
    func with(cells: [Cell]) -> RowState {
        RowState(
            cells: cells, isDeleted: isDeleted, isPurged: isPurged, created: created, createdBy: createdBy, modified: modified,
            modifiedBy: modifiedBy, modstamp: modstamp)
    }

    func cell(_ field: Int) -> Value? {
        for cell in cells where cell.field == field { return cell.value }
        return nil
    }
}
