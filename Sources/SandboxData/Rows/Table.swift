/// One object's rows with what finds them quickly: an index of changes by time, and of unique values.
package struct Table: Sendable {
    package struct ModstampEntry: Sendable {
        package let modstamp: Int64
        package let row: Int
    }

    package var rows: RowStore
    /// Rows in the recycle bin.
    package private(set) var deletedCount = 0
    /// Rows that no query sees: hard-deleted, or inserted by a transaction that was rolled back.
    package private(set) var purgedCount = 0
    /// The delete log tells of deletes since this time.
    package var deleteLogStart: Int64 = 0
    /// Every write in order of time, so that "changed since" never looks at rows that did not change.
    package private(set) var changes: [ModstampEntry] = []
    /// Field index → lower-cased unique value → row, for values that were written.
    package var unique: [Int: [String: Int]] = [:]
    /// By reference field: rows by the record they name. Only of fields that somebody asked for.
    var references: [Int: RowIndex] = [:]
    /// Rows by the values of several fields, for duplicate rules.
    package var matches: [(fields: [Int], index: RowIndex)] = []
    /// What the transaction that is under way did here.
    package private(set) var uncommitted: [RowChange] = []

    package init(rows: RowStore) { self.rows = rows }

    package var object: ObjectSchema { rows.object }
    package var liveCount: Int { rows.count - deletedCount - purgedCount }

    package func exists(_ row: Int) -> Bool { row >= 0 && row < rows.count && !(rows.state(row)?.isPurged ?? false) }
    package func isDeleted(_ row: Int) -> Bool { rows.state(row)?.isDeleted ?? false }
    package func isLive(_ row: Int) -> Bool { exists(row) && !isDeleted(row) }

    /// Rows written at or after the time, ascending and once each; nil when generated rows could be among them.
    package func changed(since time: Int64) -> [Int]? {
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
    package func row(where field: FieldSchema, equals value: Value) -> Int? {
        if let key = Self.key(value, field), let row = unique[field.index]?[key], isLive(row),
            Self.key(rows.value(row, field), field) == key
        {
            return row
        }
        guard let row = field.generator.row(of: value), row < rows.generatedCount, isLive(row) else { return nil }
        return Self.key(rows.value(row, field), field) == Self.key(value, field) ? row : nil
    }

    package static func key(_ value: Value, _ field: FieldSchema) -> String? {
        if field.isCaseSensitive, case .text(let text) = value { return text }
        return key(value)
    }

    package static func key(_ value: Value) -> String? {
        switch value {
        case .null: nil
        case .text(let text): text.lowercased()
        case .int(let number): Double(number).description
        case .double(let number): number.description
        default: "\(value)"
        }
    }

    package mutating func insert(_ cells: [RowState.Cell], user: Int, now: Int64) -> Int {
        let state = RowState(
            cells: cells, isDeleted: false, created: now, createdBy: user, modified: now, modifiedBy: user, modstamp: now)
        let row = rows.append(state)
        note(row, cells, now)
        remember(.create, row, old: nil, user: user)
        return row
    }

    package mutating func update(_ row: Int, _ cells: [RowState.Cell], user: Int, now: Int64) {
        let old = rows.state(row)
        replace(row, old, cells: Self.merged(old?.cells ?? [], cells), isDeleted: old?.isDeleted ?? false, user: user, now: now)
        note(row, cells, now)
        remember(.update, row, old: old, user: user)
    }

    /// The org itself writes: the stamp moves, and LastModifiedDate and LastModifiedById stay.
    package mutating func bump(_ row: Int, _ cells: [RowState.Cell], user: Int, now: Int64) {
        let old = rows.state(row)
        // A late commit's stamp may lie before what somebody else has done to the row since.
        let stamp = max(now, rows.modstamp(row, old))
        rows.set(
            row,
            to: RowState(
                cells: Self.merged(old?.cells ?? [], cells), isDeleted: old?.isDeleted ?? false, created: rows.created(row, old),
                createdBy: rows.createdBy(row, old), modified: rows.modified(row, old), modifiedBy: rows.modifiedBy(row, old),
                modstamp: stamp))
        note(row, cells, stamp)
        remember(.update, row, old: old, user: user, isSystem: true, isSilent: cells.isEmpty)
    }

    private static func merged(_ old: [RowState.Cell], _ cells: [RowState.Cell]) -> [RowState.Cell] {
        var merged = old
        for cell in cells {
            if let index = merged.firstIndex(where: { $0.field == cell.field }) { merged[index] = cell } else { merged.append(cell) }
        }
        return merged
    }

    package mutating func delete(_ row: Int, _ cells: [RowState.Cell] = [], user: Int, now: Int64) {
        let old = rows.state(row)
        replace(row, old, cells: Self.merged(old?.cells ?? [], cells), isDeleted: true, user: user, now: now)
        deletedCount += 1
        note(row, [], now)
        remember(.delete, row, old: old, user: user)
    }

    /// Out of the recycle bin again.
    package mutating func undelete(_ row: Int, _ cells: [RowState.Cell] = [], user: Int, now: Int64) {
        let old = rows.state(row)
        replace(row, old, cells: Self.merged(old?.cells ?? [], cells), isDeleted: false, user: user, now: now)
        deletedCount -= 1
        note(row, old?.cells ?? [], now)
        remember(.undelete, row, old: old, user: user)
    }

    /// Out of the recycle bin for ever; the delete log keeps the entry it has, or gets one now.
    package mutating func purge(_ row: Int, user: Int, now: Int64) {
        if !isDeleted(row) { delete(row, user: user, now: now) }
        guard let state = rows.state(row) else { return }
        rows.set(row, to: state.with(isDeleted: true, isPurged: true))
        deletedCount -= 1
        purgedCount += 1
        remember(.purge, row, old: state, user: user, isSystem: true, isSilent: true)
    }

    /// Puts a row back to what it was before a write that is undone; a row that did not exist then is purged without a trace.
    package mutating func restore(_ row: Int, to old: RowState?, existed: Bool) {
        let current = rows.state(row)
        if let current, current.isDeleted, !current.isPurged { deletedCount -= 1 }
        guard existed else {
            if let current { rows.set(row, to: current.with(isDeleted: false, isPurged: true)) }
            purgedCount += 1
            return
        }
        guard let old else {
            rows.clear(row)
            return noteLookups(row)
        }
        rows.set(row, to: old)
        noteLookups(row)
        if old.isDeleted, !old.isPurged { deletedCount += 1 }
        index(row, old.cells)
    }

    /// Puts a row back as it was when the process ended; rows between the last one and this were never committed.
    package mutating func load(_ row: Int, _ state: RowState?) {
        while rows.count < row {
            _ = rows.append(.never)
            purgedCount += 1
        }
        let old = row < rows.count ? rows.state(row) : nil
        if row == rows.count {
            _ = rows.append(state ?? .never)
        } else if let state {
            rows.set(row, to: state)
        } else {
            rows.clear(row)
        }
        count(old, -1)
        count(rows.state(row), 1)
        guard let state else { return }
        changes.append(ModstampEntry(modstamp: state.modstamp, row: row))
        if state.isLive { index(row, state.cells) }
    }

    private mutating func count(_ state: RowState?, _ difference: Int) {
        guard let state, !state.isLive else { return }
        if state.isPurged { purgedCount += difference } else { deletedCount += difference }
    }

    /// Rows are loaded in the order of the files, and not of time.
    package mutating func finishLoading() { changes.sort { ($0.modstamp, $0.row) < ($1.modstamp, $1.row) } }

    /// The transaction is over: what it did is told once.
    package mutating func takeUncommitted() -> [RowChange] {
        defer { uncommitted.removeAll(keepingCapacity: uncommitted.capacity <= 1000) }
        return uncommitted
    }

    private mutating func remember(
        _ kind: RowChange.Kind, _ row: Int, old: RowState?, user: Int, isSystem: Bool = false, isSilent: Bool = false
    ) {
        guard let new = rows.state(row) else { return }
        uncommitted.append(
            RowChange(
                kind: kind, object: object, row: row, isGenerated: row < rows.generatedCount, old: old, new: new,
                oldModifiedBy: rows.modifiedBy(row, old), user: user, isSystem: isSystem, isSilent: isSilent))
    }

    private mutating func replace(_ row: Int, _ old: RowState?, cells: [RowState.Cell], isDeleted: Bool, user: Int, now: Int64) {
        let state = RowState(
            cells: cells, isDeleted: isDeleted, created: rows.created(row, old), createdBy: rows.createdBy(row, old), modified: now,
            modifiedBy: user, modstamp: now)
        rows.set(row, to: state)
    }

    private mutating func note(_ row: Int, _ cells: [RowState.Cell], _ now: Int64) {
        // A late commit's stamp lies before those of others that were faster.
        var place = changes.count
        while place > 0, changes[place - 1].modstamp > now { place -= 1 }
        changes.insert(ModstampEntry(modstamp: now, row: row), at: place)
        index(row, cells)
        if !references.isEmpty || !matches.isEmpty { noteLookups(row) }
    }

    private mutating func index(_ row: Int, _ cells: [RowState.Cell]) {
        for cell in cells where object.fields[cell.field].isUnique {
            if let key = Self.key(cell.value, object.fields[cell.field]) { unique[cell.field, default: [:]][key] = row }
        }
    }
}
