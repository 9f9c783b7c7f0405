public import Foundation
public import Postgres

/// Rows that the target database does not take: kept until it does, told with the mapping meanwhile.
extension CatalogStore {
    /// What stands in `sluice.mapping_troubles` for them; no kind of job is called so.
    private static let source = "refused_rows"

    /// Records what became of rows: those refused are told, those that were refused before and are here now are forgotten.
    ///
    /// - Parameters:
    ///   - refused: rows that were just refused; of one that was refused twice, for two reasons, the last counts.
    ///   - taken: ids of rows that were refused before and are settled now.
    /// - Returns: whether any row was refused that was not known.
    /// - Throws: `PostgresError`.
    @discardableResult
    public static func noteRefused(_ refused: [RefusedRow], taken: [String] = [], of mappingID: UUID, in session: PostgresSession) throws
        -> Bool
    {
        guard !refused.isEmpty || !taken.isEmpty else { return false }
        guard
            let mapping = try session.query(
                "SELECT connection_id, object_name FROM sluice.mappings WHERE id = \(mappingID) FOR NO KEY UPDATE"
            ).first
        else { return false }
        let connection: UUID = try mapping.decode("connection_id")
        let refused = Dictionary(refused.map { ($0.sfid, $0) }, uniquingKeysWith: { $1 }).values.sorted { $0.sfid < $1.sfid }
        let still = Set(refused.map(\.sfid))
        try session.run(
            "DELETE FROM sluice.refused_rows WHERE mapping_id = \(mappingID) AND sfid = ANY (\(taken.filter { !still.contains($0) })::text[])"
        )
        let news = try session.query(
            """
            INSERT INTO sluice.refused_rows AS kept (mapping_id, sfid, sql_state, constraint_name, reason)
            SELECT \(mappingID), sfid, sql_state, constraint_name, reason
            FROM unnest(\(refused.map(\.sfid))::text[], \(refused.map(\.sqlState))::text[], \(nullable: refused.map(\.constraint))::text[],
                        \(refused.map(\.reason))::text[]) AS row(sfid, sql_state, constraint_name, reason)
            ON CONFLICT (mapping_id, sfid) DO UPDATE
            SET sql_state = excluded.sql_state, constraint_name = excluded.constraint_name, reason = excluded.reason, attempts = kept.attempts + 1,
                tried_at = sluice.clock()
            RETURNING sfid, reason, attempts = 1 AS is_new
            """
        ).filter { try $0.decode("is_new", as: Bool.self) }
        for row in news.prefix(10) {
            let sfid: String = try row.decode("sfid")
            try event(
                .error, connection: connection, mapping: mappingID, row: EventRow(sfid: sfid), type: .read,
                "the row \(sfid) was refused: \(try row.decode("reason", as: String.self))", in: session)
        }
        try tell(mappingID, in: session)
        if !news.isEmpty {
            let object: String = try mapping.decode("object_name")
            let first: String = try news[0].decode("reason")
            try notify(
                connection, eventType: "mapping-error",
                message: "\(object): \(news.count) rows were refused by the database; the others go on. The first: \(first)", in: session)
        }
        return !news.isEmpty
    }

    /// Ids of rows that wait to be taken, those first that were tried longest ago.
    ///
    /// - Throws: `PostgresError`.
    public func refusedRows(of mappingID: UUID, limit: Int) async throws -> [String] {
        try await pool.query(
            .prepared("SELECT sfid FROM sluice.refused_rows WHERE mapping_id = \(mappingID) ORDER BY tried_at, sfid LIMIT \(limit)")
        ).map { try $0.decode("sfid") }
    }

    private static func tell(_ mappingID: UUID, in session: PostgresSession) throws {
        let told = try session.run(
            """
            INSERT INTO sluice.mapping_troubles (mapping_id, source, description, reason, cause)
            SELECT \(mappingID), \(source), text, text, 'refused'
            FROM (
                SELECT left(format('%s rows are refused by the database, and tried again with every poll; the last, %s: %s', count(*),
                                   (array_agg(sfid ORDER BY tried_at DESC, sfid))[1], (array_agg(reason ORDER BY tried_at DESC, sfid))[1]), 1800) AS text
                FROM sluice.refused_rows WHERE mapping_id = \(mappingID) HAVING count(*) > 0
            ) AS told
            ON CONFLICT (mapping_id, source) DO UPDATE SET description = excluded.description, reason = excluded.reason
            """)
        if told == 0 {
            try session.run("DELETE FROM sluice.mapping_troubles WHERE mapping_id = \(mappingID) AND source = \(source)")
        }
        try session.run("UPDATE sluice.mappings SET state_description = \(fragment: troubleDescription) WHERE id = \(mappingID)")
    }
}
