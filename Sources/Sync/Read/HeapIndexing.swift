import JobQueue
import Logging
import MappedSchema
import Postgres

/// Gives a first load's heap its indexes, several at a time by sessions of their own: a server has more than one processor, and there is nothing else that
/// the load could do meanwhile.
struct HeapIndexing: Sendable {
    let scope: SyncScope
    let table: TableSchema
    let heap: FirstHeap
    /// What Postgres may take for each index.
    let megabytes: Int

    /// - Returns: false when there is no heap, or it has a value twice that must not be: then its rows are left to the merge.
    /// - Throws: `PostgresError`; `LeaseLost`; `MappedSchemaError`.
    func run() async throws -> Bool {
        let heap = heap
        guard try await scope.target.pool.withSession({ try heap.stage.exists(in: $0) }) else { return false }
        do {
            try await makeAll()
            return true
        } catch let error as PostgresError where error.sqlState == PostgresError.uniqueViolation {
            scope.logger.info(
                "A first load has a value twice: merging it", metadata: ["table": "\(table.qualifiedName)", "error": "\(error)"])
            return false
        }
    }

    /// The first that fails ends the others.
    private func makeAll() async throws {
        let (scope, heap, megabytes) = (scope, heap, megabytes)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (place, index) in heap.indexes.enumerated() {
                if place >= FirstHeap.indexesAtOnce { try await group.next() }
                group.addTask {
                    try await scope.target.transaction(under: scope.lease) { try heap.make(index, megabytes: megabytes, in: $0) }
                }
            }
            try await group.waitForAll()
        }
    }
}
