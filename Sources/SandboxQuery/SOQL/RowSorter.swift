import SandboxBytes
import SandboxData

/// Sorts rows by ORDER BY. The keys are read once: each becomes a number that sorts as the value does, texts keep their bytes beside it, and
/// with a LIMIT only the rows that can still be among the first are kept.
struct RowSorter: ~Copyable {
    private struct Entry {
        /// Of the first key.
        let head: UInt64
        let row: Int
        /// Where the entry's other numbers and texts are.
        let place: Int
    }

    private let order: [QueryPlan.Order]
    private let object: Int
    private let snapshot: OrgSnapshot
    private let limit: Int?
    private var entries: ContiguousArray<Entry> = []
    /// The numbers of the second key and further ones.
    private var others: ContiguousArray<UInt64> = []
    /// Ends of the texts in ``texts``, one for each key and entry.
    private var textEnds: ContiguousArray<Int> = [0]
    private var texts = ByteWriter(capacity: 4096)
    private var count = 0
    /// With a full house, a row whose first key is larger comes too late.
    private var worst = UInt64.max

    private static let leastKept = 1024
    private static let null: (first: UInt64, last: UInt64) = (0, .max)
    /// Numbers of values lie in the middle, so that nulls can be before or behind them.
    private static let middle: UInt64 = 1 << 62

    init(order: [QueryPlan.Order], object: Int, snapshot: OrgSnapshot, limit: Int?) {
        self.order = order
        self.object = object
        self.snapshot = snapshot
        self.limit = limit
    }

    mutating func add(_ row: Int) {
        let start = texts.count
        let ends = textEnds.count
        let head = key(order[0], row)
        guard head <= worst else {
            texts.cut(to: start)
            textEnds.removeLast(textEnds.count - ends)
            return
        }
        for item in order.dropFirst() { others.append(key(item, row)) }
        entries.append(Entry(head: head, row: row, place: count))
        count += 1
        if let limit, entries.count >= max(limit * 2, Self.leastKept) { shrink(to: limit) }
    }

    mutating func finish() -> [Int] {
        sort()
        return entries.map(\.row)
    }

    private mutating func shrink(to limit: Int) {
        sort()
        entries.removeSubrange(limit...)
        worst = entries.last?.head ?? 0
    }

    private mutating func sort() {
        let prefixes = snapshot.schema.prefixes
        let (order, object, snapshot, others, textEnds) = (order, object, snapshot, others, textEnds)
        let bytes = texts.bytes
        entries.withUnsafeMutableBufferPointer { entries in
            entries.sort { left, right in
                if left.head != right.head { return left.head < right.head }
                for (index, item) in order.enumerated() {
                    if index > 0 {
                        let place = index - 1
                        let a = others[left.place * (order.count - 1) + place]
                        let b = others[right.place * (order.count - 1) + place]
                        if a != b { return a < b }
                    }
                    let sign: Int
                    if item.field.type.isText {
                        sign = Self.compare(
                            Self.text(left.place * order.count + index, textEnds, bytes),
                            Self.text(right.place * order.count + index, textEnds, bytes))
                    } else if item.field.type.isNumber || item.field.type == .reference || item.field.type == .id {
                        // Numbers that are close together may have met in one key.
                        let a = item.field.value(left.row, object: object, in: snapshot)
                        let b = item.field.value(right.row, object: object, in: snapshot)
                        sign = ValueOrder.compare(a, b, prefixes: prefixes) ?? 0
                    } else {
                        sign = 0
                    }
                    if sign != 0 { return item.descending ? sign > 0 : sign < 0 }
                }
                return left.row < right.row
            }
        }
    }

    private static func text(
        _ index: Int, _ ends: ContiguousArray<Int>, _ bytes: UnsafeBufferPointer<UInt8>
    ) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: bytes[ends[index]..<ends[index + 1]])
    }

    private static func compare(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Int {
        for index in 0..<min(left.count, right.count) where left[index] != right[index] { return left[index] < right[index] ? -1 : 1 }
        return left.count == right.count ? 0 : left.count < right.count ? -1 : 1
    }

    /// The number that stands for the row's value, and for a text its lower-cased bytes as well.
    private mutating func key(_ item: QueryPlan.Order, _ row: Int) -> UInt64 {
        defer { textEnds.append(texts.count) }
        let number: UInt64?
        if item.field.type.isText { number = text(item.field, row) } else { number = self.number(item.field, row) }
        guard let number else { return item.nullsFirst ? Self.null.first : Self.null.last }
        return Self.middle + (item.descending ? Self.middle - 1 - number : number)
    }

    private mutating func text(_ field: BoundField, _ row: Int) -> UInt64? {
        let start = texts.count
        field.append(row, object: object, in: snapshot, style: .canonical, to: &texts)
        // Null and empty are the same to Salesforce.
        guard texts.count > start else { return nil }
        if !texts.lowerASCII(from: start) {
            let folded = String(decoding: texts.bytes[start...], as: UTF8.self).lowercased()
            texts.cut(to: start)
            texts.append(string: folded)
        }
        var number: UInt64 = 0
        for index in 0..<8 { number = number << 8 | UInt64(start + index < texts.count ? texts.bytes[start + index] : 0) }
        return number >> 2
    }

    /// In order, and below 2^62; values that differ only a little may share one.
    private func number(_ field: BoundField, _ row: Int) -> UInt64? {
        switch field.value(row, object: object, in: snapshot) {
        case .null: nil
        case .bool(let flag): flag ? 1 : 0
        case .int(let number): Self.number(Double(number))
        case .double(let number): Self.number(number)
        case .date(let day): UInt64(Int64(day) + 1 << 40)
        case .datetime(let seconds): UInt64(seconds + 1 << 40)
        case .time(let milliseconds): UInt64(milliseconds)
        case .ref(let id): Self.number(id, snapshot)
        case .text(let text): UInt64(text.utf8.first ?? 0)
        }
    }

    /// Positive doubles sort by their bits, negative ones the other way round.
    private static func number(_ number: Double) -> UInt64 {
        let bits = (number == 0 ? 0 : number).bitPattern
        return (bits >> 63 == 0 ? bits | 1 << 63 : ~bits) >> 2
    }

    /// The three letters of the object, then the row.
    private static func number(_ id: RecordID, _ snapshot: OrgSnapshot) -> UInt64 {
        let prefix = snapshot.schema.prefixes[id.object].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return (prefix << 40 | UInt64(min(id.row, 1 << 40 - 1))) >> 2
    }
}
