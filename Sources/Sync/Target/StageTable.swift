import Foundation
import Postgres

/// A table that holds rows read from Salesforce until they are merged.
struct StageTable: Sendable, Equatable {
    /// The quoted name.
    let name: PostgresQuery
    let columns: [MappedColumn]

    static func == (left: StageTable, right: StageTable) -> Bool { left.name.sql == right.name.sql && left.columns == right.columns }

    /// The stage of one poll page: gone with its transaction.
    static func ofPoll(_ table: TableSchema) -> StageTable {
        StageTable(name: "\(identifier: "sluice_poll")", columns: table.columns)
    }

    /// The parent of a load's pages: a SELECT from it sees them all.
    static func ofLoad(mappingID: UUID, jobID: Int64, _ table: TableSchema) -> StageTable {
        StageTable(name: "\(identifier: TargetMetadata.stagingSchema, "\(prefix(mappingID))\(jobID)")", columns: table.columns)
    }

    /// One page of a load.
    static func ofPage(mappingID: UUID, jobID: Int64, number: Int, _ table: TableSchema) -> StageTable {
        StageTable(name: "\(identifier: TargetMetadata.stagingSchema, "\(prefix(mappingID))\(jobID)_\(number)")", columns: table.columns)
    }

    private static func prefix(_ mappingID: UUID) -> String {
        "l_" + mappingID.uuidString.lowercased().split(separator: "-").joined() + "_"
    }

    /// Drops every stage table that earlier loads of the mapping left behind.
    ///
    /// - Throws: `PostgresError`.
    static func dropAll(mappingID: UUID, in session: PostgresSession) throws {
        let names = try session.query(
            """
            SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = \(TargetMetadata.stagingSchema) AND c.relkind = 'r' AND starts_with(c.relname, \(prefix(mappingID)))
            """
        ).map { try $0.decode("name", as: String.self) }
        for name in names {
            try session.run("DROP TABLE IF EXISTS \(identifier: TargetMetadata.stagingSchema, name) CASCADE")
        }
    }

    private var definition: PostgresQuery {
        let definitions = columns.map { "\(PostgresText.quoteIdentifier($0.name)) \($0.type.sql)" }
        return PostgresQuery(sql: definitions.joined(separator: ", "))
    }

    /// Makes the parent of a load's pages.
    func createParent(in session: PostgresSession) throws {
        try session.run("DROP TABLE IF EXISTS \(fragment: name) CASCADE")
        try session.run("CREATE UNLOGGED TABLE \(fragment: name) (\(fragment: definition)) WITH (autovacuum_enabled = false)")
    }

    /// Makes a page beneath its parent, empty even when an earlier attempt had filled it.
    func createPage(of parent: StageTable, in session: PostgresSession) throws {
        try session.run("DROP TABLE IF EXISTS \(fragment: name)")
        try session.run("CREATE UNLOGGED TABLE \(fragment: name) () INHERITS (\(fragment: parent.name)) WITH (autovacuum_enabled = false)")
    }

    /// Makes the stage of a poll page.
    func createTemporary(in session: PostgresSession) throws {
        try session.run("CREATE TEMPORARY TABLE \(fragment: name) (\(fragment: definition)) ON COMMIT DROP")
    }

    func drop(in session: PostgresSession) throws {
        try session.run("DROP TABLE IF EXISTS \(fragment: name) CASCADE")
    }

    /// Takes a bulk result as it comes from the socket. Salesforce's CSV has no difference between null and the empty string.
    var copyCSV: PostgresQuery {
        let names = columns.map(\.name)
        return "COPY \(fragment: name) (\(identifiers: names)) FROM STDIN (FORMAT csv, HEADER true, FORCE_NULL (\(identifiers: names)))"
    }

    /// Takes rows in COPY's text form.
    var copyText: PostgresQuery {
        "COPY \(fragment: name) (\(identifiers: columns.map(\.name))) FROM STDIN"
    }
}
