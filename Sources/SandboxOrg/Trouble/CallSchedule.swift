import HTTPTypes
import NIOCore
import SandboxData
import SandboxHTTP
import SandboxStore
import Synchronization

/// Requests to the sandbox's own endpoints that are made later: after so many requests of clients, or after a time. So a run from a file can have
/// late commits, purges and changes of the schema, and those that count requests come at the same place in every run.
final class CallSchedule: Sendable {
    /// What is to be asked, and when.
    struct Entry: Sendable {
        enum Time: Sendable {
            case requests(Int)
            case seconds(Double)
        }

        let call: Call
        let time: Time
        let number: Int
        /// Of the answer; nil until it has come.
        var status: Int?
        var answer: String?
    }

    private struct State {
        var entries: [Entry] = []
        /// Requests of clients so far.
        var requests = 0
        var made = 0
        /// By an entry's number: how many requests come before it.
        var waiting: [Int: Int] = [:]
    }

    private let state = Mutex(State())
    /// Entries with a time, for whoever waits for it.
    let timed: AsyncStream<Entry>
    private let timer: AsyncStream<Entry>.Continuation

    init() { (timed, timer) = AsyncStream.makeStream() }

    func add(_ call: Call, _ time: Entry.Time) {
        let entry = state.withLock { state in
            state.made += 1
            let entry = Entry(call: call, time: time, number: state.made)
            state.entries.append(entry)
            if case .requests(let count) = time { state.waiting[entry.number] = state.requests + count }
            return entry
        }
        if case .seconds = time { timer.yield(entry) }
    }

    /// Counts a client's request, and answers what comes before it.
    func due() -> [Entry] {
        state.withLock { state in
            state.requests += 1
            guard !state.waiting.isEmpty else { return [] }
            let due = state.entries.filter { state.waiting[$0.number].map { $0 < state.requests } ?? false }
            for entry in due { state.waiting[entry.number] = nil }
            return due
        }
    }

    /// Whether the entry has not been cleared.
    func holds(_ entry: Entry) -> Bool { state.withLock { $0.entries.contains { $0.number == entry.number } } }

    func note(_ reply: Reply, to entry: Entry) {
        state.withLock { state in
            guard let index = state.entries.firstIndex(where: { $0.number == entry.number }) else { return }
            state.entries[index].status = reply.status.code
            if case .bytes(let buffer) = reply.body { state.entries[index].answer = String(buffer: buffer) }
        }
    }

    func clear() {
        state.withLock { state in
            state.entries.removeAll()
            state.waiting.removeAll()
        }
    }

    var entries: [Entry] { state.withLock { $0.entries } }
}
