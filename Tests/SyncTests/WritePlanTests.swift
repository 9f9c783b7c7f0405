import Testing

@testable import MappedSchema
@testable import Sync

@Suite("Packing changes into batches")
struct WritePlanTests {
    private func change(_ id: Int64, _ action: Change.Action, _ table: String = "account", record: Int64) -> Change {
        Change(id: id, table: table, action: action, recordID: record)
    }

    @Test("changes of different records are packed together, whatever stands between them")
    func packing() {
        let plan = WritePlan(
            [
                change(1, .update, record: 1), change(2, .update, "contact", record: 1), change(3, .update, record: 2),
                change(4, .update, "contact", record: 2),
            ],
            shapes: [:], batchSize: 200)
        #expect(plan.waves.count == 1)
        #expect(plan.waves[0].map { $0.changes.map(\.id) } == [[1, 3], [2, 4]])
    }

    @Test("changes of one record never share a wave and keep their order")
    func order() {
        let plan = WritePlan(
            [change(1, .insert, record: 1), change(2, .update, record: 1), change(3, .delete, record: 1), change(4, .update, record: 2)],
            shapes: [:],
            batchSize: 200)
        #expect(plan.waves.map { $0.flatMap(\.changes).map(\.id) } == [[1, 4], [2], [3]])
    }

    @Test("a child's insert or update comes after the parents' inserts before it, a parent's delete after its children's")
    func references() {
        let shapes = ["contact": WriteShape(references: ["account"])]
        let down = WritePlan(
            [
                change(1, .insert, record: 1), change(2, .insert, "contact", record: 1), change(3, .insert, record: 2),
                change(4, .insert, "contact", record: 2),
            ],
            shapes: shapes, batchSize: 200)
        #expect(down.waves.map { $0.flatMap(\.changes).map(\.id) } == [[1, 3], [2, 4]])
        let up = WritePlan(
            [change(1, .delete, "contact", record: 1), change(2, .delete, record: 1)], shapes: shapes, batchSize: 200)
        #expect(up.waves.map { $0.flatMap(\.changes).map(\.id) } == [[1], [2]])
    }

    @Test("batches hold no more than their size")
    func size() {
        let plan = WritePlan((1...450).map { change($0, .update, record: $0) }, shapes: [:], batchSize: 200)
        #expect(plan.waves[0].map(\.changes.count) == [200, 200, 50])
    }
}
