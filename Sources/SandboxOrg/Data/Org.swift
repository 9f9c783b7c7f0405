import Glibc
import Synchronization

/// The simulated org: its schema and its data. Writers hold the lock for a batch at a time; readers hold it only to take a snapshot.
final class Org: Sendable {
    let schema: OrgSchema
    let clock: @Sendable () -> Int64
    private let state: Mutex<OrgState>

    init(schema: OrgSchema, rows: [Int], seed: UInt64, clock: @escaping @Sendable () -> Int64 = { Int64(time(nil)) }) {
        self.schema = schema
        self.clock = clock
        self.state = Mutex(OrgState(schema: schema, rows: rows, seed: seed))
    }

    func snapshot() -> OrgSnapshot {
        state.withLock { OrgSnapshot(schema: schema, stores: $0.tables.map(\.rows)) }
    }

    func read<Result: Sendable>(_ body: (borrowing OrgState) -> Result) -> Result {
        state.withLock { body($0) }
    }

    /// Runs one write with its stamp.
    func write<Result: Sendable>(_ body: (inout OrgState, _ now: Int64) -> Result) -> Result {
        let now = clock()
        return state.withLock { state in
            let stamp = state.stamp(now)
            return body(&state, stamp)
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
