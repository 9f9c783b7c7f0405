import Postgres
public import Secrets

extension CatalogStore {
    private static let canaryContext = "sluice.key_canary"
    private static let canary = Array("This control database is sealed with this key.".utf8)

    /// Makes sure that a key is the one that this control database's credentials are sealed with. The first process plants a canary, and those
    /// after it open that.
    ///
    /// A database older than the canary has what its connections keep sealed: the key must open most of it, so that neither a wrong key nor one
    /// record that was sealed with a wrong key decides.
    ///
    /// - Throws: `CatalogError` with code `.wrongKey`; `PostgresError`; `SecretsError` when OpenSSL fails.
    public func verifyKey(_ key: SealingKey) async throws {
        if let sealed = try await pool.query("SELECT sealed FROM sluice.key_canary").first {
            return try Self.check(try sealed.decode("sealed"), key)
        }
        let sealed = try key.seal(Self.canary, context: Self.canaryContext)
        try await pool.transaction { session in
            // Processes that start together wait here, and then find what the first of them planted.
            try session.run("LOCK TABLE sluice.key_canary IN SHARE ROW EXCLUSIVE MODE", timeout: .seconds(30))
            if let planted = try session.query("SELECT sealed FROM sluice.key_canary").first {
                return try Self.check(try planted.decode("sealed"), key)
            }
            let connections = try session.query(
                "SELECT * FROM sluice.connections WHERE credentials_sealed IS NOT NULL OR database_url_sealed IS NOT NULL"
            ).map(Connection.init(row:))
            let opened = connections.flatMap { $0.opens(with: key) }
            guard opened.count(where: { $0 }) * 2 >= opened.count else { throw CatalogError.wrongKey }
            try session.run("INSERT INTO sluice.key_canary (sealed) VALUES (\(sealed))")
        }
    }

    private static func check(_ sealed: String, _ key: SealingKey) throws {
        guard (try? key.open(sealed, context: canaryContext)) == canary else { throw CatalogError.wrongKey }
    }
}

extension CatalogError {
    fileprivate static let wrongKey = CatalogError(
        code: .wrongKey,
        message:
            "SLUICE_SECRET_KEY is not the key that this control database is sealed with: expected the one that its other processes have")
}

extension Connection {
    /// Whether the key opens what the connection keeps sealed, value by value.
    fileprivate func opens(with key: SealingKey) -> [Bool] {
        let values = [(credentialsSealed, CredentialSeal.context(id)), (databaseURLSealed, ConnectionAddress.context(id))]
        return values.compactMap { sealed, context in sealed.map { (try? key.open($0, context: context)) != nil } }
    }
}
