import Testing

@testable import MappedSchema
@testable import Sync

@Suite("What a run of a write holds back")
struct WriteRunTests {
    private static let shapes = ["account": WriteShape(uniqueColumns: ["key"]), "contact": WriteShape()]

    private func change(
        _ id: Int64, _ action: Change.Action, _ table: String = "account", record: Int64, takes: String? = nil, gives: String? = nil
    )
        -> Change
    {
        Change(
            id: id, table: table, action: action, recordID: record, values: takes.map { ["key": $0] } ?? [:],
            oldKeys: gives.map { ["key": $0] } ?? [:])
    }

    /// What is sent and what is refused of all batches, when those named end so.
    private func run(_ changes: [Change], postponed: Set<Int64> = [], failed: Set<Int64> = [], parked: Set<String> = []) -> (
        sent: [Int64], refused: [Int64]
    ) {
        let plan = WritePlan(changes, shapes: Self.shapes, batchSize: 200)
        var run = WriteRun()
        run.parked = parked
        var (sent, refused): ([Int64], [Int64]) = ([], [])
        for var batch in plan.waves.flatMap(\.self) {
            refused += run.sift(&batch, plan: plan, upsertColumn: "key").map(\.change.id)
            sent += batch.changes.map(\.id)
            var outcome = BatchWrite.Outcome()
            outcome.postponed = batch.changes.filter { postponed.contains($0.id) }
            outcome.failed = failed.intersection(batch.changes.map(\.id))
            run.note(outcome)
        }
        return (sent, refused)
    }

    @Test("what follows a change of the same record that waits on waits with it; the rest is sent")
    func record() {
        let changes = [change(1, .update, record: 1), change(2, .update, record: 1), change(3, .update, record: 2)]
        #expect(run(changes, postponed: [1]) == (sent: [1, 3], refused: []))
        #expect(run(changes, failed: [1]) == (sent: [1, 3, 2], refused: []))
    }

    @Test("who takes a value waits with who gives it up, and an insert is refused when that fails")
    func uniqueValue() {
        let changes = [
            change(1, .update, record: 1, takes: "Y", gives: "X"), change(2, .insert, record: 2, takes: "X"),
            change(3, .update, record: 2, takes: "Z", gives: "X"),
        ]
        #expect(run(changes, postponed: [1]) == (sent: [1], refused: []))
        #expect(run(changes, failed: [1]) == (sent: [1, 3], refused: [2]))
        #expect(run(changes) == (sent: [1, 2, 3], refused: []))
    }

    @Test("an update that takes a value whose holder failed is sent: Salesforce itself refuses it")
    func update() {
        let changes = [change(1, .delete, record: 1, gives: "X"), change(2, .update, record: 2, takes: "X", gives: "Q")]
        #expect(run(changes, failed: [1]) == (sent: [1, 2], refused: []))
    }

    @Test("nothing of a parked table is sent")
    func parked() {
        #expect(
            run([change(1, .update, record: 1), change(2, .update, "contact", record: 1)], parked: ["account"]) == (sent: [2], refused: []))
    }
}
