import Foundation
import Testing

@testable import JobQueue

@Suite("A worker's slots")
struct WorkerSlotsTests {
    private let crowd = UUID()
    private let other = UUID()

    private func jobs(_ ids: ClosedRange<Int64>, of connection: UUID?) -> [Job] {
        ids.map { id in
            Job(
                id: id, kind: "k", connectionID: connection, mappingID: nil, args: "{}", progress: nil, attempt: 1, maxAttempts: 1,
                waited: .zero, lease: Lease(jobID: id, token: id))
        }
    }

    private func startAll(_ slots: inout WorkerSlots) -> [Job] {
        var started: [Job] = []
        while let job = slots.start() { started.append(job) }
        return started
    }

    @Test("jobs begin in the order they were claimed, as many as there are slots, and one more for each that ends")
    func order() {
        var slots = WorkerSlots(count: 3)
        slots.add(jobs(1...5, of: nil))
        let started = startAll(&slots)
        #expect(started.map(\.id) == [1, 2, 3])
        #expect(slots.used == 3 && slots.room(prefetch: 4) == 2)
        slots.leave(started[1])
        #expect(startAll(&slots).map(\.id) == [4])
    }

    @Test("a connection's backlog leaves an eighth of the slots, at least one, and who comes later passes it", arguments: [4, 8, 20])
    func share(count: Int) {
        var slots = WorkerSlots(count: count)
        slots.add(jobs(1...100, of: crowd))
        #expect(startAll(&slots).count == count - max(1, count / 8))
        slots.add(jobs(101...101, of: other))
        #expect(startAll(&slots).map(\.id) == [101])
        #expect(slots.held == [crowd: 100, other: 1])
    }

    @Test("a slot that the crowd leaves goes to the crowd again when nobody else waits")
    func refill() {
        var slots = WorkerSlots(count: 4)
        slots.add(jobs(1...10, of: crowd))
        let started = startAll(&slots)
        #expect(started.map(\.id) == [1, 2, 3])
        slots.leave(started[0])
        #expect(startAll(&slots).map(\.id) == [4])
        for job in started[1...] { slots.leave(job) }
        #expect(startAll(&slots).map(\.id) == [5, 6])
        #expect(slots.used == 3)
    }

    @Test("a single slot is everybody's")
    func single() {
        var slots = WorkerSlots(count: 1)
        slots.add(jobs(1...2, of: crowd))
        #expect(startAll(&slots).map(\.id) == [1])
    }

    @Test("what is dropped begins no more")
    func drop() {
        var slots = WorkerSlots(count: 1)
        slots.add(jobs(1...4, of: nil))
        _ = slots.start()
        slots.drop { $0.id == 2 }
        #expect(slots.waiting.map(\.id) == [3, 4])
        #expect(slots.dropAll().map(\.jobID) == [3, 4])
        #expect(slots.waiting.isEmpty && slots.used == 1)
    }
}
