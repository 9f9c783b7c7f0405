package import Postgres

/// An index of a first load's heap.
package struct HeapIndex: Sendable, Equatable {
    let column: String
    let isUnique: Bool
    /// Its name beside the stages, where the heaps of other schemas' tables have theirs.
    let name: String
    /// Its name once the heap is the mapped table.
    let finalName: String
    let isPrimaryKey: Bool
}

// The indexes of the mapped table, made when every row is there: keeping them as the rows come takes several times as long.
extension FirstHeap {
    /// So many are made at a time: each needs a session of its own, of which a slot of a worker has two, and as much memory as is allowed.
    package static let indexesAtOnce = 2

    /// All of them, those of texts first: they take longest, and the last one to begin should be a short one.
    package var indexes: [HeapIndex] {
        let key = (index: TableIndex(column: "id", isUnique: true), finalName: "\(table.table)_pkey", isPrimaryKey: true)
        let wanted = [TableIndex(column: "sfid", isUnique: true)] + table.indexes.filter { $0.column != "sfid" }
        let others = wanted.map { (index: $0, finalName: TargetTable.name(of: $0, on: table), isPrimaryKey: false) }
        let (texts, rest) = (others.filter { isText($0.index.column) }, others.filter { !isText($0.index.column) })
        return (texts + rest + [key]).enumerated().map { place, made in
            HeapIndex(
                column: made.index.column, isUnique: made.index.isUnique, name: "\(heapName)_\(place)", finalName: made.finalName,
                isPrimaryKey: made.isPrimaryKey)
        }
    }

    private func isText(_ column: String) -> Bool {
        switch table.column(named: column)?.type {
        case .varchar, .text: true
        default: false
        }
    }

    /// Makes one, also beside others that are being made. May be done twice.
    ///
    /// - Parameter megabytes: what Postgres may take for it, where its own `maintenance_work_mem` is not more.
    /// - Throws: `PostgresError`, with a unique violation when a value is there twice that must not be.
    package func make(_ index: HeapIndex, megabytes: Int, in session: PostgresSession) throws {
        // Several at a time use the server's processors already, and better than several processes for one do.
        try session.run("SET LOCAL max_parallel_maintenance_workers TO 0")
        try session.run(
            """
            SELECT set_config(
                'maintenance_work_mem', greatest(pg_size_bytes(current_setting('maintenance_work_mem')) / 1024, \(megabytes * 1024)) || 'kB', true)
            """)
        try session.run(
            """
            CREATE \(raw: index.isUnique ? "UNIQUE INDEX" : "INDEX") IF NOT EXISTS \(identifier: index.name)
            ON \(fragment: stage.name) (\(identifier: index.column))
            """, timeout: .seconds(3600))
    }

    /// Gives them the mapped table's names, and makes the key the primary one, where the heap has just become the table.
    func adoptIndexes(in session: PostgresSession) throws {
        for index in indexes {
            try session.run("ALTER INDEX \(identifier: table.schema, index.name) RENAME TO \(identifier: index.finalName)")
            guard index.isPrimaryKey else { continue }
            try session.run(
                """
                ALTER TABLE \(identifier: table.schema, table.table) ADD CONSTRAINT \(identifier: index.finalName)
                PRIMARY KEY USING INDEX \(identifier: index.finalName)
                """)
        }
    }
}
