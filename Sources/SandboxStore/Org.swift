package import SandboxBytes
package import SandboxData
import SandboxQuery
import Synchronization

/// The simulated org: its schema and its data. Writers hold the lock for a batch at a time; readers hold it only to take a snapshot.
package final class Org: Sendable {
    package let clock: @Sendable () -> Int64
    /// What subscribers are told of: every committed change.
    package let events: EventLog
    /// What was done to every record.
    package let history: HistoryLog
    /// What calls in flight hold.
    let locks = RowLocks()
    private let state: Mutex<OrgState>
    private let currentSchema: Mutex<OrgSchema>

    package init(
        schema: OrgSchema, rows: [Int], seed: UInt64, retainedEvents: Int = EventLog.defaultCapacity,
        history: Int = HistoryLog.defaultCapacity, clock: @escaping @Sendable () -> Int64
    ) {
        self.currentSchema = Mutex(schema)
        self.clock = clock
        self.history = HistoryLog(capacity: history)
        self.events = EventLog(capacity: retainedEvents, start: clock())
        self.state = Mutex(OrgState(schema: schema, rows: rows, seed: seed))
    }

    /// The schema as it is now; a request that asks twice may meet two.
    package var schema: OrgSchema { currentSchema.withLock { $0 } }

    package func snapshot() -> OrgSnapshot { read { $0.snapshot } }

    package func read<Result: Sendable>(_ body: (borrowing OrgState) -> Result) -> Result {
        let now = clock()
        return state.withLock { state in
            settle(&state, now)
            return body(state)
        }
    }

    /// Runs one transaction with its stamp. Its changes are told to subscribers when it ends, or with the journal that is in force.
    package func write<Result: Sendable>(_ body: (inout OrgState, _ now: Int64) -> Result) -> Result {
        let now = clock()
        return state.withLock { state in
            settle(&state, now)
            let stamp = state.stamp(now)
            guard let journal = UndoJournal.current else {
                let result = body(&state, stamp)
                tell(state.takeUncommitted(), &state, now)
                record(&state)
                if !state.late.isEmpty { events.wake() }
                return result
            }
            let before = state.tables
            defer {
                // Taking them brings roll-ups up to date, which is to be undone as well.
                journal.hold(state.takeUncommitted())
                journal.note(before, state.tables)
                journal.hold(touched: state.takeTouched())
            }
            return body(&state, stamp)
        }
    }

    /// Changes the schema, all of it or nothing; requests that have begun go on with what they have.
    ///
    /// - Returns: The schema as it is now.
    package func change(_ changes: [JSON]) throws(SchemaError) -> OrgSchema {
        let now = clock()
        return try state.withLock { state throws(SchemaError) in
            settle(&state, now)
            try state.change(changes, now: now)
            state.schemaChanges.last.map { state.journal?.append(.schema($0)) }
            let schema = state.schema
            currentSchema.withLock { $0 = schema }
            return schema
        }
    }

    /// Under the org's lock, so that the journal has transactions in the order they were committed.
    ///
    /// - Parameter more: Rows of earlier requests of the same transaction.
    private func record(_ state: inout OrgState, _ more: [RecordID] = []) {
        guard let journal = state.journal, let record = state.takeRecord(more) else { return }
        journal.append(record)
    }

    /// Does again what a record of the journal says was done.
    package func replay(_ record: StorageRecord) throws(StorageError) {
        try state.withLock { state throws(StorageError) in
            try state.replay(record)
            let schema = state.schema
            currentSchema.withLock { $0 = schema }
        }
    }

    /// Everything is read; what is written from here on goes to the journal.
    package func keep(in journal: Journal) {
        let now = clock()
        state.withLock { state in
            state.finishReplay(journal)
            events.begin(at: max(now, state.lastStamp + 1))
        }
    }

    /// What a snapshot holds; `turn` is called before anything else can be written.
    package func contents(_ turn: () -> Void) -> OrgContents {
        state.withLock { state in
            turn()
            return OrgContents(schemaChanges: state.schemaChanges, stores: state.tables.map(\.rows), counters: state.counters)
        }
    }

    private func settle(_ state: inout OrgState, _ now: Int64) {
        state.now = now
        // Nobody's request: it began long ago.
        let settled = state.settle(now)
        guard !settled.isEmpty else { return }
        for changes in settled { tell(changes, &state, now, origin: "") }
        record(&state)
    }

    /// Under the org's lock, so that subscribers see transactions in the order they were committed.
    private func tell(_ changes: [RowChange], _ state: inout OrgState, _ now: Int64, origin: String = ChangeOrigin.current) {
        history.append(changes, origin: origin, at: now)
        let changes = changes.contains(where: \.isSilent) ? changes.filter { !$0.isSilent } : changes
        guard !changes.isEmpty else { return }
        let topics = state.pushTopics.events(changes, state.tables, schema: state.schema, now: now)
        events.append(changes, topics, origin: origin, at: now)
    }

    /// Whether there is an active push topic of this name.
    package func hasPushTopic(_ name: String) -> Bool {
        let now = clock()
        return state.withLock { state in
            settle(&state, now)
            return state.pushTopics.contains(name, state.tables, schema: state.schema, now: now)
        }
    }

    /// Ends a transaction of several requests: its changes stay, and subscribers hear of them.
    package func commit(_ journal: UndoJournal) {
        let now = clock()
        state.withLock { state in
            tell(journal.takeHeld(), &state, now)
            record(&state, journal.touchedRows)
        }
    }

    /// Whether a transaction has begun and waits for its time to commit.
    package var hasOpenTransactions: Bool { read { !$0.late.isEmpty } }

    /// Undoes every write that was noted, the last first; what others wrote in between stays.
    package func undo(_ journal: UndoJournal) {
        let entries = journal.entries
        state.withLock { state in
            for entry in entries.reversed() { state.tables[entry.object].restore(entry.row, to: entry.old, existed: entry.existed) }
            record(&state, journal.touchedRows)
        }
    }
}

extension Org {
    /// Gives the first user, as whom every client acts, the name that clients log in with.
    package func nameAdministrator() {
        guard let users = schema.object("User") else { return }
        let texts = [
            "Username": SandboxCredentials.username, "Email": SandboxCredentials.username, "FirstName": "Sandbox", "LastName": "Admin",
        ]
        var cells = texts.sorted { $0.key < $1.key }.compactMap { name, text in
            users.field(name).flatMap { $0.isWritable && $0.type.isText ? RowState.Cell(field: $0.index, value: .text(text)) : nil }
        }
        if let active = users.field("IsActive") { cells.append(RowState.Cell(field: active.index, value: .bool(true))) }
        let written = cells
        state.withLock { state in
            state.tables[users.index].update(0, written, user: 0, now: GeneratedTimes.base)
            _ = state.takeUncommitted()
        }
    }
}

extension Org: RowSource {
    package func look<Result: Sendable>(_ body: (_ tables: [Table], _ snapshot: OrgSnapshot) -> Result) -> Result {
        read { body($0.tables, $0.snapshot) }
    }
}
