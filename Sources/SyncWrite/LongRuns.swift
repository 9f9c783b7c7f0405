import LoggedChanges
import MappedSchema

/// Which changes go by bulk jobs, and how many by one. A value without I/O.
struct LongRuns: Sendable, Equatable {
    /// Of what so many wait.
    private var groups: Set<WriteOutbox.Group> = []
    /// The most rows of a job. Salesforce counts a batch for up to 10,000; a worker holds three times as many changes, and must stay small.
    var size = 2_500
    /// The fewest; less goes by calls of the usual size.
    var smallest: Int
    /// A job begins with fewer rows where those take so many bytes: a worker holds several of them, and Salesforce takes 100 MB at most.
    var mostBytes = 4 << 20

    /// Nothing.
    init() { smallest = size }

    /// - Parameters:
    ///   - counts: what waits, by table.
    ///   - shortest: changes of one table and action from which on a bulk job is better than calls of 200.
    init(_ counts: [String: TriggerLog.Counts], of tables: [String: TableSchema], from shortest: Int) {
        smallest = shortest / 5
        for (name, table) in tables where !table.hasBinary {
            for (action, count) in counts[name]?.waiting ?? [:] where count >= shortest {
                let kinds: [WriteRequest.Kind] =
                    switch action {
                    // A row that came with its record's id is an update.
                    case .insert: [.insert, .upsert, .update]
                    case .update: [.update]
                    case .delete: [.delete]
                    }
                for kind in kinds { groups.insert(.init(table: name, kind: kind)) }
            }
        }
    }

    /// Whether there is anything.
    var isEmpty: Bool { groups.isEmpty }

    /// Whether the requests of a group wait for each other, to go by one job.
    func gathers(_ group: WriteOutbox.Group) -> Bool { groups.contains(group) }

    /// Whether what waits of a group goes by a job now.
    ///
    /// - Parameters:
    ///   - bytes: those of all requests that wait.
    ///   - onlyFull: whether more may come.
    func takes(_ group: WriteOutbox.Group, _ count: Int, bytes: Int, onlyFull: Bool) -> Bool {
        guard groups.contains(group) else { return false }
        return count >= size || bytes >= mostBytes && count > 200 || !onlyFull && count >= smallest
    }
}
