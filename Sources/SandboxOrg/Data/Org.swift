import Synchronization

/// The simulated org: its schema and its data. Writers hold the lock for a batch at a time; readers hold it only to take a snapshot.
final class Org: Sendable {
    let schema: OrgSchema
    let clock: @Sendable () -> Int64
    private let state: Mutex<OrgState>

    init(schema: OrgSchema, rows: [Int], seed: UInt64, clock: @escaping @Sendable () -> Int64) {
        self.schema = schema
        self.clock = clock
        self.state = Mutex(OrgState(schema: schema, rows: rows, seed: seed))
    }

    func snapshot() -> OrgSnapshot {
        read { OrgSnapshot(schema: schema, stores: $0.tables.map(\.rows)) }
    }

    func read<Result: Sendable>(_ body: (borrowing OrgState) -> Result) -> Result {
        let now = clock()
        return state.withLock { state in
            state.settle(now, schema: schema)
            return body(state)
        }
    }

    /// Runs one write with its stamp.
    func write<Result: Sendable>(_ body: (inout OrgState, _ now: Int64) -> Result) -> Result {
        let now = clock()
        return state.withLock { state in
            state.settle(now, schema: schema)
            let stamp = state.stamp(now)
            guard let journal = UndoJournal.current else { return body(&state, stamp) }
            let before = state.tables
            defer { journal.note(before, state.tables) }
            return body(&state, stamp)
        }
    }

    /// Undoes every write that was noted, the last first; what others wrote in between stays.
    func undo(_ journal: UndoJournal) {
        let entries = journal.entries
        state.withLock { state in
            for entry in entries.reversed() { state.tables[entry.object].restore(entry.row, to: entry.old, existed: entry.existed) }
        }
    }
}

extension Org {
    /// Gives the first user, as whom every client acts, the name that clients log in with.
    func nameAdministrator() {
        guard let users = schema.object("User") else { return }
        let texts = [
            "Username": SandboxCredentials.username, "Email": SandboxCredentials.username, "FirstName": "Sandbox", "LastName": "Admin",
        ]
        let cells = texts.sorted { $0.key < $1.key }.compactMap { name, text in
            users.field(name).flatMap { $0.isWritable && $0.type.isText ? RowState.Cell(field: $0.index, value: .text(text)) : nil }
        }
        state.withLock { $0.tables[users.index].update(0, cells, user: 0, now: GeneratedTimes.base) }
    }
}
