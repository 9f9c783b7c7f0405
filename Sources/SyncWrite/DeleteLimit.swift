import LoggedChanges

/// How many deletes may go out. A value without I/O.
///
/// Once the limit is met, all further deletes wait until a person lets them go (`CatalogStore.allowDeletes`): what deletes by mistake does not go on
/// with the next hour.
struct DeleteLimit: Sendable, Equatable {
    /// Deletes in an hour, those of all lanes; nil is any number.
    let perHour: Int?
    /// Rows of the log up to this one go out whatever the limit.
    let allowedThrough: Int64
    /// Whether deletes wait for a person already.
    private(set) var isStopped: Bool
    /// Deletes that wait for a person, by table.
    private(set) var stopped: [String: Int] = [:]

    static let none = DeleteLimit(perHour: nil, allowedThrough: 0, isStopped: false)

    init(perHour: Int?, allowedThrough: Int64, isStopped: Bool) {
        self.perHour = perHour
        self.allowedThrough = allowedThrough
        self.isStopped = isStopped
    }

    /// Which deletes may go, and which wait.
    ///
    /// - Parameter used: others in the last hour. Those that were sent before are among these, or their turn was then.
    func split(_ deletes: [Change], used: Int) -> (go: [Change], wait: [Change]) {
        guard let perHour else { return (deletes, []) }
        var left = isStopped ? 0 : max(perHour - used - deletes.count(where: \.wasSent), 0)
        var (go, wait): ([Change], [Change]) = ([], [])
        for delete in deletes {
            if delete.wasSent || delete.id <= allowedThrough {
                go.append(delete)
            } else if left > 0 {
                left -= 1
                go.append(delete)
            } else {
                wait.append(delete)
            }
        }
        return (go, wait)
    }

    /// Notes that deletes of a table wait for a person.
    mutating func stop(_ table: String, _ count: Int) {
        guard count > 0 else { return }
        isStopped = true
        stopped[table, default: 0] += count
    }
}
