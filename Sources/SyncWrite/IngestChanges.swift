import LoggedChanges

/// Which rows of the trigger log a bulk job sends, as text: `17-10016,10020+10021` are ten thousand changes and one that another was merged into.
/// A value without I/O.
struct IngestChanges: Sendable, Equatable {
    /// The rows of each change, the one that stands for them first.
    let units: [[Int64]]

    init(_ changes: [Change]) { units = changes.map(\.rows).sorted { $0[0] < $1[0] } }

    /// Reads a text; nil for one that no job was noted with.
    init?(_ text: String) {
        var units: [[Int64]] = []
        for part in text.split(separator: ",") {
            let ends = part.split(separator: "-").map { Int64($0) }
            if ends.count == 2 {
                guard let first = ends[0], let last = ends[1], first <= last, last - first < 1_000_000 else { return nil }
                units += (first...last).map { [$0] }
            } else {
                let rows = part.split(separator: "+").compactMap { Int64($0) }
                guard !rows.isEmpty, rows.count == part.split(separator: "+").count else { return nil }
                units.append(rows)
            }
        }
        self.units = units
    }

    /// All rows.
    var rows: [Int64] { units.flatMap(\.self) }

    var text: String {
        var parts: [String] = []
        var range: ClosedRange<Int64>?
        func end() {
            if let ended = range { parts.append(ended.count == 1 ? "\(ended.lowerBound)" : "\(ended.lowerBound)-\(ended.upperBound)") }
            range = nil
        }
        for unit in units {
            if unit.count > 1 {
                end()
                parts.append(unit.map(String.init).joined(separator: "+"))
            } else if let current = range, current.upperBound + 1 == unit[0] {
                range = current.lowerBound...unit[0]
            } else {
                end()
                range = unit[0]...unit[0]
            }
        }
        end()
        return parts.joined(separator: ",")
    }

    /// The changes as they were sent, of those rows that are left.
    ///
    /// - Parameter lookups: the table's columns that set one lookup between them.
    func changes(of rows: [Change], lookups: [Set<String>]) -> [Change] {
        let byID = Dictionary(uniqueKeysWithValues: rows.map { ($0.id, $0) })
        return units.compactMap { unit in
            let parts = unit.sorted().compactMap { byID[$0] }
            guard let first = parts.first, parts.count == unit.count else { return nil }
            return parts.dropFirst().reduce(first) { $0.merging($1, as: $1.action == .delete ? $1.id : $0.id, lookups: lookups) }
        }
    }
}
