import LoggedChanges

/// How much of a run is under way at a time, so that calls are full and a worker's memory stays small. A value without I/O.
struct WriteLimits: Sendable {
    /// Bulk jobs at a time: one is filled while another is worked on.
    static let longCalls = 2
    /// Changes prepared at once.
    private static let preparedSize = 1000
    /// Results beyond which a larger transaction is hardly better.
    private static let recordedSize = 2000
    /// Roughly the most bytes that are read at once.
    private static let readBytes = 2 << 20
    /// What a change takes beside its values.
    private static let bytesOfChange = 200

    /// Calls at a time.
    let calls: Int
    /// The most records of a call.
    let callSize: Int
    let long: LongRuns

    /// Whether requests wait for calls, not calls for requests.
    func isFull(_ outbox: WriteOutbox) -> Bool {
        outbox.count >= max(calls * callSize, long.isEmpty ? 0 : long.size) || outbox.bytes >= long.mostBytes
    }

    /// Results that are worth a transaction while others are to come.
    var recorded: Int { calls * callSize }

    /// Results that wait for a transaction before nothing more is sent: an org that answers faster than the database records must not fill the
    /// worker's memory.
    var mostUnrecorded: Int { max(Self.recordedSize, recorded) }

    /// How many changes to prepare at once, where so many are read at once.
    func prepared(of read: Int) -> Int { min(Self.preparedSize, read) }

    /// How many changes to read after these: fewer of wide rows.
    static func readSize(after changes: [Change]) -> Int {
        guard !changes.isEmpty else { return WriteWork.readSize }
        let bytes = changes.reduce(0) { sum, change in
            sum + change.values.reduce(bytesOfChange) { $0 + $1.key.utf8.count + ($1.value?.utf8.count ?? 0) }
        }
        return min(max(readBytes / (bytes / changes.count), 100), WriteWork.readSize)
    }
}
