/// What differs from the generated row, or everything when the row was inserted. Immutable: a write replaces it, so readers never wait.
///
/// Millions of them are in memory: numbers are no wider than they have to be, and what is narrow comes last.
package final class RowState: Sendable {
    package struct Cell: Sendable {
        package let value: Value
        private let index: UInt32

        package var field: Int { Int(index) }

        package init(field: Int, value: Value) {
            self.value = value
            index = UInt32(truncatingIfNeeded: field)
        }
    }

    package let cells: [Cell]
    package let created: Int64
    package let modified: Int64
    package let modstamp: Int64
    private let creator: UInt32
    private let modifier: UInt32
    package let isDeleted: Bool
    /// Out of the recycle bin as well, or never committed: no query sees it any more.
    package let isPurged: Bool

    package var createdBy: Int { Int(creator) }
    package var modifiedBy: Int { Int(modifier) }

    package init(
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
    package var isLive: Bool { !isDeleted && !isPurged }

    /// The same values in another state of life.
    package func with(isDeleted: Bool, isPurged: Bool) -> RowState {
        RowState(
            cells: cells, isDeleted: isDeleted, isPurged: isPurged, created: created, createdBy: createdBy, modified: modified,
            modifiedBy: modifiedBy, modstamp: modstamp)
    }

    /// The same row with other values.
    package func with(cells: [Cell]) -> RowState {
        RowState(
            cells: cells, isDeleted: isDeleted, isPurged: isPurged, created: created, createdBy: createdBy, modified: modified,
            modifiedBy: modifiedBy, modstamp: modstamp)
    }

    package func cell(_ field: Int) -> Value? {
        for cell in cells where cell.field == field { return cell.value }
        return nil
    }

    /// A row that was never committed: its number is used up, and nobody sees it.
    package static let never = RowState(
        cells: [], isDeleted: false, isPurged: true, created: 0, createdBy: 0, modified: 0, modifiedBy: 0, modstamp: 0)
}
