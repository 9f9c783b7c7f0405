/// What differs from the generated row, or everything when the row was inserted. Immutable: a write replaces it, so readers never wait.
final class RowState: Sendable {
    struct Cell: Sendable {
        let field: Int
        let value: Value
    }

    let cells: [Cell]
    let isDeleted: Bool
    /// Out of the recycle bin as well, or never committed: no query sees it any more.
    let isPurged: Bool
    let created: Int64
    let createdBy: Int
    let modified: Int64
    let modifiedBy: Int
    let modstamp: Int64

    init(
        cells: [Cell], isDeleted: Bool, isPurged: Bool = false, created: Int64, createdBy: Int, modified: Int64, modifiedBy: Int,
        modstamp: Int64
    ) {
        self.cells = cells
        self.isDeleted = isDeleted
        self.isPurged = isPurged
        self.created = created
        self.createdBy = createdBy
        self.modified = modified
        self.modifiedBy = modifiedBy
        self.modstamp = modstamp
    }

    /// Neither deleted nor purged.
    var isLive: Bool { !isDeleted && !isPurged }

    /// The same values in another state of life.
    func with(isDeleted: Bool, isPurged: Bool) -> RowState {
        RowState(
            cells: cells, isDeleted: isDeleted, isPurged: isPurged, created: created, createdBy: createdBy, modified: modified,
            modifiedBy: modifiedBy, modstamp: modstamp)
    }

    func cell(_ field: Int) -> Value? {
        for cell in cells where cell.field == field { return cell.value }
        return nil
    }
}
