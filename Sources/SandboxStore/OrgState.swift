package import SandboxData

/// Everything that changes in the org, behind ``Org``'s lock.
package struct OrgState: Sendable {
    /// What the tables hold rows of; changed together with them.
    package var schema: OrgSchema
    package var tables: [Table]
    package let seed: UInt64
    /// The last stamp given: the org's clock never runs backwards, so changes stay in order of time.
    var lastStamp: Int64 = 0
    /// When somebody read or wrote last.
    package var now: Int64 = 0
    var autoNumbers: [Int]
    package var writes = WriteCounts()
    var pushTopics = PushTopics()
    /// Records that an approval or an administrator locked.
    package var locked: Set<RecordID> = []
    /// References that a delete cleared, by the record that was deleted, so that its undelete can bring them back.
    var cleared: [RecordID: [ClearedReference]] = [:]
    /// Transactions that have taken their stamp and are not committed yet.
    package var late: [LateCommit] = []
    /// Every change of the schema since the org was made.
    var schemaChanges: [SchemaChange] = []
    /// Where everything is kept, if it is.
    package var journal: Journal?
    /// What the journal knows of the numbers beside the rows.
    var recorded = StorageRecord.Counters()

    package init(schema: OrgSchema, rows: [Int], seed: UInt64) {
        self.schema = schema
        self.seed = seed
        tables = schema.objects.map { Self.table(of: $0, in: schema, seed: seed) }
        autoNumbers = rows
        prepareRollUps()
    }

    /// An object's generated rows.
    package static func table(of object: ObjectSchema, in schema: OrgSchema, seed: UInt64) -> Table {
        let users = schema.object("User").map { schema.rows[$0.index] } ?? 0
        return Table(
            rows: RowStore(
                object: object, prefixes: schema.prefixes, generatedCount: schema.rows[object.index], userCount: users, seed: seed))
    }

    package var snapshot: OrgSnapshot { OrgSnapshot(schema: schema, stores: tables.map(\.rows), now: now) }

    package mutating func stamp(_ now: Int64) -> Int64 {
        lastStamp = max(lastStamp, now)
        return lastStamp
    }

    /// Commits every open transaction whose time has come, with the stamp it took when it began; answers what each of them did.
    package mutating func settle(_ now: Int64) -> [[RowChange]] {
        guard late.contains(where: { $0.commitsAt <= now }) else { return [] }
        let due = late.filter { $0.commitsAt <= now }
        late.removeAll { $0.commitsAt <= now }
        return due.map { transaction in
            transaction.commit(&self)
            return takeUncommitted()
        }
    }

    /// What the transaction that ends here did, in the order it did it.
    package mutating func takeUncommitted() -> [RowChange] {
        rollUp()
        var changes: [RowChange] = []
        for index in tables.indices where !tables[index].uncommitted.isEmpty {
            let more = tables[index].takeUncommitted()
            if changes.isEmpty { changes = more } else { changes += more }
        }
        // Each object's changes are in order by themselves.
        if let first = changes.first, !changes.allSatisfy({ $0.object === first.object }) { changes.sort { $0.order < $1.order } }
        return changes
    }
}

/// A reference that became null because the record it named was deleted.
struct ClearedReference: Sendable {
    let object: Int
    let row: Int
    let field: Int
}

/// How often, and how many records of which object were written by clients, by operation: proof that nothing is written twice or echoed.
package struct WriteCounts: Sendable {
    package struct Count: Sendable, Codable, Equatable {
        package var calls = 0
        package var records = 0
        package var failed = 0
    }

    package private(set) var byObject: [String: [String: Count]] = [:]

    package mutating func add(_ object: String, _ operation: String, records: Int, failed: Int) {
        var count = byObject[object, default: [:]][operation, default: Count()]
        CallScope.current?.note(records: records + failed)
        count.calls += 1
        count.records += records
        count.failed += failed
        byObject[object, default: [:]][operation] = count
    }
}
