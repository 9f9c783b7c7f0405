/// What stands between a client and the server.
public enum PostgresPooling: Sendable {
    /// Nothing, or what is not seen.
    case none
    /// A pooler that leaves a client its session until the client goes.
    case session
    /// A pooler that gives a session to somebody else after each transaction: no LISTEN, no lock or setting of a session, no prepared statement.
    case transaction

    /// Looks, by two connections.
    ///
    /// - Throws: `PostgresError`.
    public static func detect(_ pool: PostgresPool) async throws -> PostgresPooling {
        let connection = try PostgresConnection(configuration: pool.configuration)
        do {
            let pooling = try await connection.withSession { session in try of(session, interrupt: try PostgresInterrupt()) }
            await connection.close()
            return pooling
        } catch {
            await connection.close()
            throw error
        }
    }

    /// A second client holds a transaction open meanwhile: it gets the very session that the first one's transactions had, unless that is kept
    /// for the first one.
    static func of(_ session: PostgresSession, interrupt: PostgresInterrupt) throws -> PostgresPooling {
        guard session.isPooled else { return .none }
        func server(_ session: PostgresSession) throws -> Int {
            try session.query("SELECT pg_backend_pid() AS pid", timeout: .seconds(5))[0].decode("pid")
        }
        let other = try PostgresSession.open(session.configuration, interrupt: interrupt)
        let before = try server(session)
        try other.run("BEGIN", timeout: .seconds(5))
        _ = try server(other)
        defer { _ = try? other.run("ROLLBACK", timeout: .seconds(5)) }
        return try server(session) == before ? .session : .transaction
    }
}
