import MappedSchema

/// Which tables have to be written by one job, since what is written in one may depend on what is written in another: the connected components of
/// their references. A value without I/O.
struct WriteLanes: Sendable, Equatable {
    /// The tables of each lane, in the order of their names.
    let lanes: [[String]]

    /// - Parameter tables: those that are written, by name.
    init(_ tables: [String: TableSchema]) {
        var leader = Dictionary(uniqueKeysWithValues: tables.keys.map { ($0, $0) })
        func first(of table: String) -> String {
            var name = table
            while let next = leader[name], next != name { name = next }
            return name
        }
        for (name, table) in tables {
            // By id or by external id, and any of the objects that a reference may point to.
            for parent in table.columns.flatMap(\.referencedTables) where tables[parent] != nil {
                let (one, other) = (first(of: name), first(of: parent))
                leader[max(one, other)] = min(one, other)
            }
        }
        lanes = Dictionary(grouping: tables.keys, by: first(of:)).values.map { $0.sorted() }.sorted { $0[0] < $1[0] }
    }

    /// What a connection's write does with its lanes.
    enum Plan: Equatable {
        /// Writes all of it itself: it is little, or one lane.
        case writeAll
        /// Leaves lanes to jobs of their own.
        case begin([[String]])
        /// Looks again, since jobs are under way that were begun when the lanes were others.
        case wait
    }

    /// Changes that are not worth jobs of their own.
    static let few = 1000

    /// - Parameters:
    ///   - waiting: how many changes wait, by table.
    ///   - live: the tables of lanes that have a job.
    func plan(waiting: [String: Int], live: [[String]]) -> Plan {
        let awaited = lanes.filter { lane in lane.contains { waiting[$0] ?? 0 > 0 } }
        if live.isEmpty, lanes.count < 2 || awaited.flatMap(\.self).reduce(0, { $0 + (waiting[$1] ?? 0) }) < Self.few {
            return .writeAll
        }
        let stale = Set(live.filter { !lanes.contains($0) }.flatMap(\.self))
        let free = awaited.filter { stale.isDisjoint(with: $0) }
        return free.isEmpty && !awaited.isEmpty ? .wait : .begin(free)
    }
}
