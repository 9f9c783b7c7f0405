import LoggedChanges
import Testing

@testable import MappedSchema
@testable import SyncWrite

@Suite("Packing requests into calls")
struct WriteOutboxTests {
    private func request(_ id: Int64, _ table: String = "contact") -> WriteRequest {
        WriteRequest(change: Change(id: id, table: table, action: .insert, recordID: id), operation: .insert, fields: [])
    }

    @Test("a call holds one table and kind, full ones go first where only full ones may go")
    func packing() {
        var outbox = WriteOutbox()
        outbox.add(request(1, "account"), locks: [])
        for id in 2...5 { outbox.add(request(Int64(id)), locks: []) }
        #expect(outbox.next(size: 3, onlyFull: true)?.requests.map(\.change.id) == [2, 3, 4])
        #expect(outbox.next(size: 3, onlyFull: true) == nil)
        #expect(outbox.next(size: 3, onlyFull: false)?.requests.map(\.change.id) == [1])
        #expect(outbox.next(size: 3, onlyFull: false)?.requests.map(\.change.id) == [5])
        #expect(outbox.count == 0)
    }

    @Test("results that nobody has recorded yet keep more from being sent, though never less than what is recorded at once")
    func unrecorded() {
        for calls in [1, 4, 8, 32] {
            let limits = WriteLimits(calls: calls, callSize: 200, long: LongRuns())
            #expect(limits.mostUnrecorded >= limits.recorded)
            #expect(limits.mostUnrecorded == (calls == 32 ? 6400 : 2000))
        }
    }

    @Test("children of one parent are never in two calls at a time")
    func parents() throws {
        var outbox = WriteOutbox()
        for id in 1...6 { outbox.add(request(Int64(id)), locks: [id <= 4 ? "001A" : "001B"]) }
        let taken = outbox.next(size: 2, onlyFull: false)
        let first = try #require(taken)
        #expect(first.requests.map(\.change.id) == [1, 2])
        #expect(outbox.next(size: 2, onlyFull: false)?.requests.map(\.change.id) == [5, 6])
        #expect(outbox.next(size: 2, onlyFull: false) == nil)
        outbox.release(first)
        #expect(outbox.next(size: 2, onlyFull: false)?.requests.map(\.change.id) == [3, 4])
    }

    @Test("long runs are gathered for a bulk job; what is too little for one, or what a job left, goes by calls")
    func longRuns() {
        let table = TableSchema(
            objectName: "Contact", schema: "s", table: "contact", columns: [], isWritable: true, upsertColumn: nil, indexes: [])
        var long = LongRuns(["contact": .init(waiting: [.insert: 10_000])], of: ["contact": table], from: 10_000)
        (long.size, long.smallest) = (6, 3)
        var outbox = WriteOutbox(long: long)
        for id in 1...5 { outbox.add(request(Int64(id)), locks: ["p\(id)"]) }
        #expect(outbox.next(size: 2, onlyFull: true) == nil)
        outbox.add(request(6), locks: [])
        #expect(outbox.next(size: 2, onlyFull: true, mayBeLong: false) == nil)
        let job = outbox.next(size: 2, onlyFull: true)
        #expect(job?.isLong == true)
        #expect(job?.requests.count == 6)
        for id in 7...9 { outbox.add(request(Int64(id)), locks: []) }
        let second = outbox.next(size: 2, onlyFull: false)
        #expect(second?.requests.count == 3)
        for id in 10...11 { outbox.add(request(Int64(id)), locks: id == 10 ? ["p1"] : []) }
        let call = outbox.next(size: 2, onlyFull: false)
        #expect(call?.isLong == false)
        #expect(call?.requests.map(\.change.id) == [11])
        for id in 20...30 { outbox.add(request(Int64(id)), locks: [], isShort: true) }
        let short = outbox.next(size: 2, onlyFull: true)
        #expect(short?.requests.count == 2)
        #expect(LongRuns(["contact": .init(waiting: [.insert: 9_999])], of: ["contact": table], from: 10_000).isEmpty)
    }
}
