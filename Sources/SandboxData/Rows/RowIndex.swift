/// Finds rows by a key: those that may have it, to be checked by the caller against what they have now.
///
/// Entries are added and never taken away, so that it stays right whatever is undone. The base is sorted once, when somebody first asks, and
/// shared by copies.
package struct RowIndex: Sendable {
    package struct Entry: Sendable {
        package let key: UInt64
        package let row: Int

        package init(key: UInt64, row: Int) {
            self.key = key
            self.row = row
        }
    }

    private let base: [Entry]
    private var added: [UInt64: [Int]] = [:]

    init(_ entries: [Entry]) { base = entries.sorted { ($0.key, $0.row) < ($1.key, $1.row) } }

    package mutating func add(_ key: UInt64, row: Int) {
        if added[key]?.last != row { added[key, default: []].append(row) }
    }

    /// Ascending and once each.
    package func rows(_ key: UInt64) -> [Int] {
        var low = 0
        var high = base.count
        while low < high {
            let middle = (low + high) / 2
            if base[middle].key < key { low = middle + 1 } else { high = middle }
        }
        var found: [Int] = []
        while low < base.count, base[low].key == key {
            found.append(base[low].row)
            low += 1
        }
        guard let more = added[key] else { return found }
        return Set(found + more).sorted()
    }
}

extension RecordID {
    var indexKey: UInt64 { UInt64(object) << 40 | UInt64(row) }
}
