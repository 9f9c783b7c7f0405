/// One object's rows with what finds them quickly: an index of changes by time, and of unique values.
struct Table: Sendable {
    struct Change: Sendable {
        let modstamp: Int64
        let row: Int
    }

    var rows: RowStore
    private(set) var deletedCount = 0
    /// Every write in order of time, so that "changed since" never looks at rows that did not change.
    private(set) var changes: [Change] = []
    /// Field index → lower-cased unique value → row, for values that were written.
    private var unique: [Int: [String: Int]] = [:]

    init(rows: RowStore) { self.rows = rows }

    var object: ObjectSchema { rows.object }
    var liveCount: Int { rows.count - deletedCount }

    func exists(_ row: Int) -> Bool { row >= 0 && row < rows.count }
    func isDeleted(_ row: Int) -> Bool { rows.state(row)?.isDeleted ?? false }
    func isLive(_ row: Int) -> Bool { exists(row) && !isDeleted(row) }

    /// Rows written at or after the time, ascending and once each; nil when generated rows could be among them.
    func changed(since time: Int64) -> [Int]? {
        guard time >= GeneratedTimes.horizon else { return nil }
        var low = 0
        var high = changes.count
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].modstamp < time { low = middle + 1 } else { high = middle }
        }
        return Array(Set(changes[low...].map(\.row))).sorted()
    }

    /// The live row with this value in a unique field.
    func row(where field: FieldSchema, equals value: Value) -> Int? {
        if let key = Self.key(value), let row = unique[field.index]?[key], isLive(row), Self.key(rows.value(row, field)) == key {
            return row
        }
        guard let row = field.generator.row(of: value), row < rows.generatedCount, isLive(row) else { return nil }
        return Self.key(rows.value(row, field)) == Self.key(value) ? row : nil
    }

    static func key(_ value: Value) -> String? {
        switch value {
        case .null: nil
        case .text(let text): text.lowercased()
        case .int(let number): Double(number).description
        case .double(let number): number.description
        default: "\(value)"
        }
    }

    mutating func insert(_ cells: [RowState.Cell], user: Int, now: Int64) -> Int {
        let state = RowState(
            cells: cells, isDeleted: false, created: now, createdBy: user, modified: now, modifiedBy: user, modstamp: now)
        let row = rows.append(state)
        note(row, cells, now)
        return row
    }

    mutating func update(_ row: Int, _ cells: [RowState.Cell], user: Int, now: Int64) {
        let old = rows.state(row)
        var merged = old?.cells ?? []
        for cell in cells {
            if let index = merged.firstIndex(where: { $0.field == cell.field }) { merged[index] = cell } else { merged.append(cell) }
        }
        replace(row, old, cells: merged, isDeleted: old?.isDeleted ?? false, user: user, now: now)
        note(row, cells, now)
    }

    mutating func delete(_ row: Int, user: Int, now: Int64) {
        let old = rows.state(row)
        replace(row, old, cells: old?.cells ?? [], isDeleted: true, user: user, now: now)
        deletedCount += 1
        note(row, [], now)
    }

    private mutating func replace(_ row: Int, _ old: RowState?, cells: [RowState.Cell], isDeleted: Bool, user: Int, now: Int64) {
        let state = RowState(
            cells: cells, isDeleted: isDeleted, created: rows.created(row, old), createdBy: rows.createdBy(row, old), modified: now,
            modifiedBy: user, modstamp: now)
        rows.set(row, to: state)
    }

    private mutating func note(_ row: Int, _ cells: [RowState.Cell], _ now: Int64) {
        changes.append(Change(modstamp: now, row: row))
        for cell in cells where object.fields[cell.field].isUnique {
            if let key = Self.key(cell.value) { unique[cell.field, default: [:]][key] = row }
        }
    }
}
