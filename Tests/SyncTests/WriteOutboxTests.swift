import Testing

@testable import MappedSchema
@testable import Sync

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
}
