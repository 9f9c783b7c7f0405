public import Foundation
public import Postgres

extension CatalogStore {
    /// The adoption of a connection's schema that stands, whether done or broken off; nil when there is none, or it was taken back.
    ///
    /// - Throws: `PostgresError`.
    public func adoption(of connectionID: UUID) async throws -> Adoption? {
        try await pool.query("SELECT * FROM sluice.adoptions WHERE connection_id = \(connectionID) AND taken_back_at IS NULL").first
            .map(Adoption.init(row:))
    }

    /// Notes what is about to be altered, before it is. One adoption stands for a connection: another one adds to it.
    ///
    /// - Parameter alterations: JSON text.
    /// - Throws: `PostgresError`.
    public func beginAdoption(of connectionID: UUID, alterations: String, requestedBy: String) async throws {
        try await pool.run(
            """
            INSERT INTO sluice.adoptions (connection_id, requested_by, alterations) VALUES (\(connectionID), \(requestedBy), \(alterations)::json)
            ON CONFLICT (connection_id) WHERE taken_back_at IS NULL DO UPDATE
            SET alterations = excluded.alterations, requested_by = excluded.requested_by, begun_at = sluice.clock()
            """)
    }

    /// Says that an adoption is done, and which mappings it made.
    ///
    /// - Parameters:
    ///   - alterations: all of them, JSON text.
    ///   - made: mappings that it made.
    ///   - filled: mappings whose tables somebody else filled: nobody knows how completely.
    /// - Throws: `PostgresError`.
    public static func finishAdoption(
        of connectionID: UUID, alterations: String, made: [UUID], filled: [UUID], in session: PostgresSession
    ) throws {
        for mapping in filled { try doubtCompleteness(of: mapping, in: session) }
        try session.run(
            """
            UPDATE sluice.adoptions
            SET adopted_at = coalesce(adopted_at, sluice.clock()), alterations = \(alterations)::json,
                mappings = ARRAY (SELECT DISTINCT unnest(mappings || \(made)::uuid[]))
            WHERE connection_id = \(connectionID) AND taken_back_at IS NULL
            """)
    }

    /// Says that an adoption was taken back, and forgets the mappings that it made.
    ///
    /// - Throws: `PostgresError`.
    public static func takeBackAdoption(of connectionID: UUID, in session: PostgresSession) throws {
        try session.run(
            """
            WITH taken_back AS (
                UPDATE sluice.adoptions SET taken_back_at = sluice.clock() WHERE connection_id = \(connectionID) AND taken_back_at IS NULL
                RETURNING mappings
            )
            DELETE FROM sluice.mappings WHERE id IN (SELECT unnest(mappings) FROM taken_back)
            """)
    }
}
