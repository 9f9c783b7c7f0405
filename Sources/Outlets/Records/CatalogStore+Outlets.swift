public import Catalog
public import Foundation
import JobQueue
import Postgres
public import Secrets

/// An outlet to be made.
public struct NewOutlet: Sendable {
    /// How it is told.
    public let kind: OutletKind
    /// The whole address.
    public let address: String
    /// The address without what is secret in it.
    public let target: String
    /// What it is told of.
    public let events: [OutletEvent]
    /// The least severe level that a drain is told of.
    public let level: EventLevel

    /// An outlet.
    public init(kind: OutletKind, address: String, target: String, events: [OutletEvent], level: EventLevel) {
        self.kind = kind
        self.address = address
        self.target = target
        self.events = events
        self.level = level
    }
}

extension CatalogStore {
    /// Outlets of a connection, at most.
    private static let mostOutlets = 50

    private static let columns: PostgresQuery = """
        o.*, (SELECT count(*) FROM (SELECT FROM sluice.deliveries d WHERE d.outlet_id = o.id AND d.delivered_at IS NULL LIMIT 10000) AS undelivered) AS waiting
        """

    /// A connection's outlets, oldest first.
    ///
    /// - Throws: `PostgresError`, `CatalogError`.
    public func outlets(_ connectionID: UUID) async throws -> [Outlet] {
        try await pool.query(
            "SELECT \(fragment: Self.columns) FROM sluice.outlets o WHERE o.connection_id = \(connectionID) ORDER BY o.created_at, o.id",
            timeout: .seconds(5)
        ).map(Outlet.init(row:))
    }

    /// An outlet.
    ///
    /// - Throws: `PostgresError`, `CatalogError`.
    public func outlet(_ id: UUID) async throws -> Outlet? {
        try await pool.query("SELECT \(fragment: Self.columns) FROM sluice.outlets o WHERE o.id = \(id)", timeout: .seconds(5)).first
            .map(Outlet.init(row:))
    }

    /// Makes an outlet.
    ///
    /// - Returns: it, and of a webhook the key of its signatures: this once, since it is kept sealed.
    /// - Throws: `CatalogError` with code `.conflict` when the connection has too many; `PostgresError`, `SecretsError`.
    public func makeOutlet(
        _ new: NewOutlet, of connectionID: UUID, by actor: String, key: SealingKey
    ) async throws -> (outlet: Outlet, secret: String?) {
        let id = UUID()
        let address = try key.seal(Array(new.address.utf8), context: OutletSeal.address(id))
        // As the Standard Webhooks specification writes keys.
        let secret = new.kind == .webhook ? "whsec_" + Base64.encode(try SecureRandom.bytes(32)) : nil
        let sealed = try secret.map { try key.seal(Array($0.utf8), context: OutletSeal.secret(id)) }
        let drainToken = new.kind == .drain ? "d.\(UUID().uuidString.lowercased())" : nil
        try await pool.transaction { session in
            try session.run("SELECT pg_advisory_xact_lock(hashtextextended('sluice.outlets', 0))")
            let count: Int = try session.query("SELECT count(*) AS n FROM sluice.outlets WHERE connection_id = \(connectionID)")[0].decode(
                "n")
            guard count < Self.mostOutlets else {
                throw CatalogError(code: .conflict, message: "the connection has \(count) outlets already: delete one first")
            }
            try session.run(
                """
                INSERT INTO sluice.outlets
                    (id, connection_id, kind, target, address_sealed, secret_sealed, drain_token, event_types, level, created_by)
                VALUES (\(id), \(connectionID), \(new.kind.rawValue), \(new.target), \(address), \(sealed), \(drainToken),
                    \(new.events.map(\.rawValue))::text[], \(new.level.rawValue), \(actor))
                """)
        }
        guard let outlet = try await outlet(id) else { throw CatalogError(code: .conflict, message: "the outlet was deleted meanwhile") }
        return (outlet, secret)
    }

    /// Changes what may change of an outlet; nil leaves it as it is. One that is enabled again is tried at once.
    ///
    /// - Throws: `PostgresError`.
    public func changeOutlet(_ id: UUID, isEnabled: Bool?, events: [OutletEvent]?, level: EventLevel?) async throws {
        try await pool.run(
            """
            UPDATE sluice.outlets
            SET is_enabled = coalesce(\(isEnabled), is_enabled), event_types = coalesce(\(events?.map(\.rawValue))::text[], event_types),
                level = coalesce(\(level?.rawValue), level),
                next_attempt_at = CASE WHEN \(isEnabled)::boolean THEN NULL ELSE next_attempt_at END
            WHERE id = \(id)
            """)
    }

    /// Deletes an outlet, and with it what waits for it.
    ///
    /// - Throws: `PostgresError`.
    public func deleteOutlet(_ id: UUID) async throws {
        try await pool.run("DELETE FROM sluice.outlets WHERE id = \(id)", timeout: .seconds(30))
    }

    /// Has an outlet told something just to see whether it works, before all that waits for a later attempt.
    ///
    /// - Throws: `PostgresError`, `EncodingError`.
    public func testOutlet(_ outlet: Outlet, by actor: String) async throws -> Int64? {
        try await pool.transaction { session in
            let payload: JSONValue =
                outlet.kind == .drain
                ? ["level": "info", "type": "system", "message": .string("test of this log drain, asked for by \(actor)"), "state": "IDLE"]
                : ["message": .string("test of this outlet, asked for by \(actor)")]
            try session.run(
                "INSERT INTO sluice.deliveries (outlet_id, event_type, payload) VALUES (\(outlet.id), 'test', \(payload.text)::jsonb)")
            try session.run("UPDATE sluice.outlets SET next_attempt_at = NULL WHERE id = \(outlet.id)")
            return try JobQueue.enqueueOrBringForward([.deliver(outlet.id, connectionID: outlet.connectionID)], in: session)[0]
        }
    }

    /// A page of what an outlet was told and is to be told, the newest first.
    ///
    /// - Throws: `PostgresError`.
    public func deliveries(_ outlet: UUID, before: Int64?, limit: Int) async throws -> (deliveries: [OutletDelivery], next: Int64?) {
        let rows = try await pool.query(
            "SELECT * FROM sluice.deliveries WHERE outlet_id = \(outlet) AND id < \(before ?? .max) ORDER BY id DESC LIMIT \(limit + 1)",
            timeout: .seconds(5)
        ).map(OutletDelivery.init(row:))
        let page = Array(rows.prefix(limit))
        return (page, rows.count > limit ? page.last?.id : nil)
    }
}
