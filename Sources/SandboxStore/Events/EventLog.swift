package import SandboxData
package import SandboxQuery
import Synchronization

/// The events of the last 72 hours, each with its replay id, and those who wait for more. It keeps so many at the most, so that memory stays
/// bounded whatever is written; a client that stayed away for longer is told that its replay id is not valid any more, as after 72 hours.
package final class EventLog: Sendable {
    static let defaultCapacity = 100_000
    /// How long a real org keeps change events, in seconds.
    static let retention: Int64 = 72 * 3600
    /// More changes in one transaction are told of by GAP_OVERFLOW.
    static let maximumOfTransaction = 100_000

    private struct State {
        var events: ContiguousArray<StreamEvent> = []
        /// Index of the oldest event kept; those before it wait to be removed together.
        var head = 0
        var capacity: Int
        var lastID: Int
        /// Every replay id up to this one is out of reach.
        var forgotten: Int
        var commits: Int
        var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
        var listenerCount = 0
    }

    private let state: Mutex<State>

    /// - Parameter start: The time, in seconds: replay ids begin with it, so that those of an earlier process are known to be too old.
    package init(capacity: Int, start: Int64) {
        let first = Int(clamping: max(start, 0)) * 100_000
        state = Mutex(State(capacity: capacity, lastID: first, forgotten: first, commits: first))
    }

    /// The org was there before: replay ids of its earlier life are too old.
    package func begin(at time: Int64) {
        state.withLock { state in
            let first = Int(clamping: max(time, 0)) * 100_000
            guard first > state.lastID else { return }
            state.lastID = first
            state.forgotten = first
            state.commits = first
        }
    }

    /// The replay id given last.
    package var lastID: Int { state.withLock { $0.lastID } }

    package var capacity: Int { state.withLock { $0.capacity } }

    /// What is kept: how many events, and the replay ids of the oldest and the newest.
    package var kept: (count: Int, first: Int?, last: Int?) {
        state.withLock {
            ($0.events.count - $0.head, $0.head < $0.events.count ? $0.events[$0.head].replayID : nil, $0.events.last?.replayID)
        }
    }

    /// Tells of one transaction, and of what push topics make of it.
    package func append(_ changes: [RowChange], _ topics: [TopicEvent], origin: String, at now: Int64) {
        var contents: [StreamEvent.Content] = []
        contents.reserveCapacity(min(changes.count, Self.maximumOfTransaction))
        for (index, change) in changes.prefix(Self.maximumOfTransaction).enumerated() {
            contents.append(.change(change, sequence: index + 1))
        }
        var overflown: [ObjectSchema] = []
        for change in changes.dropFirst(Self.maximumOfTransaction) where !overflown.contains(where: { $0 === change.object }) {
            overflown.append(change.object)
            contents.append(.gap(ChangeGap(kind: .overflow, object: change.object, ids: [Self.anyRecord])))
        }
        append(contents + topics.map(StreamEvent.Content.topic), origin: origin, at: now)
    }

    /// The id that stands for no record in particular.
    package static let anyRecord = "000000000000000AAA"

    package func append(_ contents: [StreamEvent.Content], origin: String, at now: Int64) {
        state.withLock { state in
            state.commits += 1
            let transaction = ChangeTransaction(number: state.commits, committed: now, origin: origin)
            for content in contents {
                state.lastID += 1
                state.events.append(StreamEvent(replayID: state.lastID, transaction: transaction, content: content))
            }
            // Real replay ids have holes; nobody may count on the next number.
            state.lastID += state.commits % 3
            forget(&state, before: now - Self.retention)
            for listener in state.listeners.values { listener.yield() }
        }
    }

    private func forget(_ state: inout State, before time: Int64) {
        let start = state.head
        while state.head < state.events.count,
            state.events.count - state.head > state.capacity || state.events[state.head].transaction.committed < time
        {
            state.head += 1
        }
        if state.head > start { state.forgotten = state.events[state.head - 1].replayID }
        if state.head > 1024, state.head * 2 > state.events.count {
            state.events.removeFirst(state.head)
            state.head = 0
        }
    }

    /// Changes how many events are kept.
    package func keep(_ capacity: Int, now: Int64) {
        state.withLock { state in
            state.capacity = capacity
            forget(&state, before: now - Self.retention)
        }
    }

    /// Forgets everything, as if 72 hours had gone by.
    package func purge() {
        state.withLock { state in
            state.events.removeAll()
            state.head = 0
            // An id that was told before has to be too old from here on.
            state.lastID += 1
            state.forgotten = state.lastID
        }
    }

    /// The replay id after which everything that is kept comes.
    package func beginning(now: Int64) -> Int {
        state.withLock { state in
            forget(&state, before: now - Self.retention)
            return state.forgotten
        }
    }

    /// Whether a client that has seen this event has missed none that is out of reach.
    package func canReplay(after id: Int, now: Int64) -> Bool { id <= lastID && id >= beginning(now: now) }

    /// The events after this replay id, the oldest first, and no more than `limit`; nil when some of them are kept no longer.
    package func events(after id: Int, limit: Int) -> [StreamEvent]? {
        state.withLock { state in
            guard id >= state.forgotten else { return nil }
            var low = state.head
            var high = state.events.count
            while low < high {
                let middle = (low + high) / 2
                if state.events[middle].replayID <= id { low = middle + 1 } else { high = middle }
            }
            return Array(state.events[low..<min(low + limit, state.events.count)])
        }
    }

    /// A stream that yields when there is something to look for; `stopListening` ends it.
    package func listen() -> (number: Int, signals: AsyncStream<Void>, continuation: AsyncStream<Void>.Continuation) {
        let (signals, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.listenerCount += 1
            state.listeners[state.listenerCount] = continuation
            return state.listenerCount
        }
        return (number, signals, continuation)
    }

    package func stopListening(_ number: Int) {
        state.withLock { $0.listeners.removeValue(forKey: number) }?.finish()
    }

    /// Makes those who wait look again.
    func wake() {
        state.withLock { state in
            for listener in state.listeners.values { listener.yield() }
        }
    }
}
