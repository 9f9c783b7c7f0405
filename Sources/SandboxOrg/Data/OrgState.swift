/// Everything that changes in the org, behind ``Org``'s lock.
struct OrgState: Sendable {
    /// What the tables hold rows of; changed together with them.
    var schema: OrgSchema
    var tables: [Table]
    let seed: UInt64
    /// The last stamp given: the org's clock never runs backwards, so changes stay in order of time.
    var lastStamp: Int64 = 0
    /// When somebody read or wrote last.
    var now: Int64 = 0
    var autoNumbers: [Int]
    var writes = WriteCounts()
    var pushTopics = PushTopics()
    /// Records that an approval or an administrator locked.
    var locked: Set<RecordID> = []
    /// References that a delete cleared, by the record that was deleted, so that its undelete can bring them back.
    var cleared: [RecordID: [ClearedReference]] = [:]
    /// Transactions that have taken their stamp and are not committed yet.
    var late: [LateCommit] = []
    /// Every change of the schema since the org was made.
    var schemaChanges: [SchemaChange] = []
    /// Where everything is kept, if it is.
    var journal: Journal?
    /// What the journal knows of the numbers beside the rows.
    var recorded = StorageRecord.Counters()

    init(schema: OrgSchema, rows: [Int], seed: UInt64) {
        self.schema = schema
        self.seed = seed
        tables = schema.objects.map { Self.table(of: $0, in: schema, seed: seed) }
        autoNumbers = rows
        prepareRollUps()
    }

    /// An object's generated rows.
    static func table(of object: ObjectSchema, in schema: OrgSchema, seed: UInt64) -> Table {
        let users = schema.object("User").map { schema.rows[$0.index] } ?? 0
        return Table(
            rows: RowStore(
                object: object, prefixes: schema.prefixes, generatedCount: schema.rows[object.index], userCount: users, seed: seed))
    }

    var snapshot: OrgSnapshot { OrgSnapshot(schema: schema, stores: tables.map(\.rows), now: now) }

    mutating func stamp(_ now: Int64) -> Int64 {
        lastStamp = max(lastStamp, now)
        return lastStamp
    }

    /// Commits every open transaction whose time has come, with the stamp it took when it began; answers what each of them did.
    mutating func settle(_ now: Int64) -> [[RowChange]] {
        guard late.contains(where: { $0.commitsAt <= now }) else { return [] }
        let due = late.filter { $0.commitsAt <= now }
        late.removeAll { $0.commitsAt <= now }
        return due.map { transaction in
            transaction.commit(&self)
            return takeUncommitted()
        }
    }

    /// What the transaction that ends here did, in the order it did it.
    mutating func takeUncommitted() -> [RowChange] {
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

/// A view of all rows at one moment.
struct OrgSnapshot: Sendable {
    let schema: OrgSchema
    let stores: [RowStore]
    /// Seconds since 1970: what formulas take for today.
    let now: Int64

    /// A field's value, which a formula may find in other records.
    @inline(__always)
    func value(_ id: RecordID, _ field: FieldSchema, depth: Int = 0) -> Value {
        guard field.isExpression else { return stores[id.object].value(id.row, field) }
        return evaluate(id, field, depth)
    }

    private func evaluate(_ id: RecordID, _ field: FieldSchema, _ depth: Int) -> Value {
        guard case .formula(.expression(let expression)) = field.role, depth < SnapshotContext.maximumDepth else { return .null }
        return field.fitted(FormulaEvaluator(context: SnapshotContext(snapshot: self, id: id, depth: depth)).evaluate(expression))
    }
}

extension FieldSchema {
    /// A formula's result as the field shows it: numbers rounded to its scale, text cut to what text fields hold.
    func fitted(_ value: Value) -> Value {
        switch value {
        case .null where type == .boolean: return .bool(false)
        case .double(let number) where type == .int: return abs(number) < 9e15 ? .int(Int64(number.rounded())) : .null
        case .double(let number) where type.isNumber:
            var power: Double = 1
            for _ in 0..<scale { power *= 10 }
            let scaled = number * power
            return abs(scaled) < 9e15 ? .double(scaled.rounded(.toNearestOrAwayFromZero) / power) : value
        case .text(let text) where text.utf8.count > 3900: return .text(String(text.prefix(1300)))
        default: return value
        }
    }
}

/// How often, and how many records of which object were written by clients, by operation: proof that nothing is written twice or echoed.
struct WriteCounts: Sendable {
    struct Count: Sendable, Codable, Equatable {
        var calls = 0
        var records = 0
        var failed = 0
    }

    private(set) var byObject: [String: [String: Count]] = [:]

    mutating func add(_ object: String, _ operation: String, records: Int, failed: Int) {
        var count = byObject[object, default: [:]][operation, default: Count()]
        count.calls += 1
        count.records += records
        count.failed += failed
        byObject[object, default: [:]][operation] = count
    }
}
