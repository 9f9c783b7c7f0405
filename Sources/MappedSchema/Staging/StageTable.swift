package import Foundation
package import Postgres

/// A table that holds rows read from Salesforce until they are merged.
package struct StageTable: Sendable, Equatable {
    /// The quoted name.
    package let name: PostgresQuery
    package let columns: [MappedColumn]

    /// A table of this name with these columns, which may not be there yet.
    package init(name: PostgresQuery, columns: [MappedColumn]) {
        self.name = name
        self.columns = columns
    }

    package static func == (left: StageTable, right: StageTable) -> Bool {
        left.name.sql == right.name.sql && left.columns == right.columns
    }

    /// The stage of one poll page: gone with its transaction.
    package static func ofPoll(_ table: TableSchema) -> StageTable {
        StageTable(name: "\(identifier: "sluice_poll")", columns: table.columns)
    }

    /// The parent of a load's pages: a SELECT from it sees them all.
    package static func ofLoad(mappingID: UUID, jobID: Int64, _ table: TableSchema) -> StageTable {
        StageTable(name: "\(identifier: TargetMetadata.stagingSchema, "\(prefix(mappingID))\(jobID)")", columns: table.columns)
    }

    /// The heap that a first load fills (`FirstHeap`).
    static func ofHeap(mappingID: UUID, jobID: Int64, _ table: TableSchema) -> StageTable {
        StageTable(name: "\(identifier: TargetMetadata.stagingSchema, heapName(mappingID, jobID))", columns: table.columns)
    }

    static func heapName(_ mappingID: UUID, _ jobID: Int64) -> String { "\(prefix(mappingID))\(jobID)_heap" }

    /// One page of a load.
    ///
    /// - Parameter token: the lease under which the page is loaded, so that an attempt never meets the locks of an earlier one.
    package static func ofPage(mappingID: UUID, jobID: Int64, number: Int, token: Int64, _ table: TableSchema) -> StageTable {
        let name = "\(pagePrefix(mappingID: mappingID, jobID: jobID, number: number))\(token)"
        return StageTable(name: "\(identifier: TargetMetadata.stagingSchema, name)", columns: table.columns)
    }

    /// What the names of all attempts at one page begin with.
    package static func pagePrefix(mappingID: UUID, jobID: Int64, number: Int) -> String { "\(prefix(mappingID))\(jobID)_\(number)_" }

    private static func prefix(_ mappingID: UUID) -> String {
        "l_" + mappingID.uuidString.lowercased().split(separator: "-").joined() + "_"
    }

    /// Drops what earlier attempts at a page left behind. One whose worker hangs in the middle of its COPY is locked; nothing of it
    /// was committed, so it may stay.
    ///
    /// - Throws: `PostgresError`.
    package static func dropAbandoned(prefix: String, in session: PostgresSession) throws {
        try session.run("SET LOCAL lock_timeout TO '1s'")
        for name in try names(prefix: prefix, in: session) {
            try session.run("SAVEPOINT abandoned")
            do {
                try session.run("DROP TABLE IF EXISTS \(identifier: TargetMetadata.stagingSchema, name)")
            } catch let error as PostgresError where error.sqlState == "55P03" {
                try session.run("ROLLBACK TO SAVEPOINT abandoned")
            }
        }
        try session.run("SET LOCAL lock_timeout TO 0")
    }

    private static func names(prefix: String, in session: PostgresSession) throws -> [String] {
        try session.query(
            """
            SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = \(TargetMetadata.stagingSchema) AND c.relkind = 'r' AND starts_with(c.relname, \(prefix))
            """
        ).map { try $0.decode("name", as: String.self) }
    }

    /// Drops every stage table that earlier loads of the mapping left behind.
    ///
    /// - Parameter live: jobs that need theirs still.
    /// - Throws: `PostgresError`.
    package static func dropAll(mappingID: UUID, besidesThoseOf live: [Int64], in session: PostgresSession) throws {
        let kept = live.map { "\(prefix(mappingID))\($0)" }
        for name in try names(prefix: prefix(mappingID), in: session)
        where !kept.contains(where: { name == $0 || name.hasPrefix("\($0)_") }) {
            try session.run("DROP TABLE IF EXISTS \(identifier: TargetMetadata.stagingSchema, name) CASCADE")
        }
    }

    private var definition: PostgresQuery {
        let definitions = columns.map { "\(PostgresText.quoteIdentifier($0.name)) \($0.type.sql)" }
        return PostgresQuery(sql: definitions.joined(separator: ", "))
    }

    /// Makes the parent of a load's pages.
    package func createParent(in session: PostgresSession) throws {
        try session.run("DROP TABLE IF EXISTS \(fragment: name) CASCADE")
        try session.run("CREATE UNLOGGED TABLE \(fragment: name) (\(fragment: definition)) WITH (autovacuum_enabled = false)")
    }

    /// Makes a page beneath its parent, empty even when an earlier attempt had filled it.
    package func createPage(of parent: StageTable, in session: PostgresSession) throws {
        try session.run("DROP TABLE IF EXISTS \(fragment: name)")
        try session.run("CREATE UNLOGGED TABLE \(fragment: name) () INHERITS (\(fragment: parent.name)) WITH (autovacuum_enabled = false)")
    }

    /// Makes the stage of a poll page.
    package func createTemporary(in session: PostgresSession) throws {
        try session.run("CREATE TEMPORARY TABLE \(fragment: name) (\(fragment: definition)) ON COMMIT DROP")
    }

    /// Whether it is there.
    ///
    /// - Throws: `PostgresError`.
    package func exists(in session: PostgresSession) throws -> Bool {
        try session.query("SELECT to_regclass(\(name.sql)) IS NOT NULL AS is_there")[0].decode("is_there")
    }

    /// How many rows it holds; nil when it is gone.
    ///
    /// - Throws: `PostgresError`.
    package func count(in session: PostgresSession) throws -> Int? {
        guard try exists(in: session) else { return nil }
        return try session.query("SELECT count(*) AS rows FROM \(fragment: name)", timeout: .seconds(600))[0].decode("rows", as: Int.self)
    }

    /// Whether it was made of the columns that it should have now.
    ///
    /// - Throws: `PostgresError`.
    package func hasItsColumns(in session: PostgresSession) throws -> Bool {
        let found = try session.query(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(\(name.sql)) AND attnum > 0 AND NOT attisdropped"
        ).map { try $0.decode("attname", as: String.self) }
        return Set(found) == Set(columns.map(\.name))
    }

    package func drop(in session: PostgresSession) throws {
        try session.run("DROP TABLE IF EXISTS \(fragment: name) CASCADE")
    }

    /// Takes a bulk result as it comes from the socket. Salesforce's CSV has no difference between null and the empty string.
    package var copyCSV: PostgresQuery {
        let names = columns.map(\.name)
        return "COPY \(fragment: name) (\(identifiers: names)) FROM STDIN (FORMAT csv, HEADER true, FORCE_NULL (\(identifiers: names)))"
    }

    /// Takes a bulk result from a `BinaryPage`.
    package var copyBinary: PostgresQuery {
        "COPY \(fragment: name) (\(identifiers: columns.map(\.name))) FROM STDIN (FORMAT binary)"
    }

    /// Takes rows in COPY's text form.
    package var copyText: PostgresQuery {
        "COPY \(fragment: name) (\(identifiers: columns.map(\.name))) FROM STDIN"
    }
}
