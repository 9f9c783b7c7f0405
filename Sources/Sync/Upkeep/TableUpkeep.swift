public import Catalog
public import JobQueue
import LoggedChanges
import MappedSchema
import Postgres
import SchemaInspection

/// What people have done to a mapped table since the last poll, and what becomes of it: a table that was dropped or emptied is loaded again, columns
/// that were dropped or renamed end the mapping's reading at once, with words for them.
public struct TableUpkeep: Sendable {
    /// What is to be done. A value without I/O.
    enum Verdict: Equatable {
        case sound
        /// Loaded again, and why.
        case load(String)
        /// A person must do something.
        case stop(String)

        init(_ look: MappedTableLook, table: TableSchema, knownRows: Int, waiting: Int) {
            if let name = look.renamedTo {
                self = .stop(
                    "the table \(table.qualifiedName) was renamed to \(name), which has its indexes: rename it back, or drop it, and it is made and loaded again"
                )
                return
            }
            guard look.exists else {
                self = .load("the table \(table.qualifiedName) is gone (DROP TABLE): it is made and loaded again")
                return
            }
            guard look.missingColumns.isEmpty else {
                self = .stop(
                    "the table \(table.qualifiedName) has no column \(look.missingColumns.joined(separator: ", ")) any more (dropped or renamed): rename it back, reload the mapping, which adds and fills it, or unmap the field"
                )
                return
            }
            // TRUNCATE is not captured, so nothing of it reaches the org; rows that were deleted one by one are changes that wait.
            self =
                look.isEmpty && knownRows > 0 && waiting == 0
                ? .load(
                    "the table \(table.qualifiedName) was emptied (TRUNCATE), which deletes nothing in the org: its rows are loaded again")
                : .sound
        }
    }

    private let scope: SyncScope
    private let mapping: Mapping

    /// A look before a poll of one mapping.
    public init(scope: SyncScope, mapping: Mapping) {
        self.scope = scope
        self.mapping = mapping
    }

    /// Whether nobody has done anything to the table.
    ///
    /// - Throws: `PostgresError`, `SyncError`.
    func isSound() async throws -> Bool { try await look() == .sound }

    private func look() async throws -> Verdict {
        guard let table = try mapping.table(), mapping.watermark != nil else { return .sound }
        let log = TriggerLog(schema: table.schema)
        let (look, waiting) = try await scope.target.pool.withSession { session in
            let look = try MappedTableLook.look(at: table, in: session)
            let waiting = look.isEmpty ? try log.waitingByState(in: session).filter { $0.table == table.table }.count : 0
            return (look, waiting)
        }
        try await tell(look.silentTriggers, of: table)
        return Verdict(look, table: table, knownRows: mapping.dbCount ?? 0, waiting: waiting)
    }

    /// Changes that nobody captures reach the org by no way of ours: the mapping says so, and is read all the same.
    private func tell(_ silent: [String], of table: TableSchema) async throws {
        guard !silent.isEmpty || mapping.stateDescription != nil else { return }
        let reason: String? =
            silent.isEmpty
            ? nil
            : "changes of rows of \(table.qualifiedName) are not captured and do not reach Salesforce, since the trigger \(silent.joined(separator: ", ")) is missing or disabled: enable it (ALTER TABLE … ENABLE TRIGGER), or reload the mapping, which makes what is missing; what was changed meanwhile shows in the explorer as different"
        try await scope.catalog.noteCapture(reason, of: mapping.id)
    }

    /// Looks, and does what is to be done.
    ///
    /// - Returns: the outcome of the job when there is nothing to poll; nil when all is well.
    /// - Throws: `SyncError` with code `.badConfiguration`; `PostgresError`.
    public func run() async throws -> JobOutcome? {
        switch try await look() {
        case .sound: return nil
        case .stop(let reason): throw SyncError(code: .badConfiguration, message: reason)
        case .load(let reason):
            try await scope.say(.warning, mapping: mapping, reason)
            let mappingID = mapping.id
            try await scope.catalog.pool.transaction { try CatalogStore.doubtCompleteness(of: mappingID, in: $0) }
            _ = try await scope.context.queue.enqueue([try .load(mapping, reason: .reload, requestedBy: "poll")])
            return .completed(reason)
        }
    }
}
