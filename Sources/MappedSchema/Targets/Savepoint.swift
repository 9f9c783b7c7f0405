package import Postgres

/// A part of a transaction that fails by itself.
package enum Savepoint {
    /// Runs `body`, and undoes what it did when it throws; what went before stands.
    ///
    /// - Throws: what `body` threw; `PostgresError`.
    package static func run<Value>(_ name: String, in session: PostgresSession, _ body: () throws -> Value) throws -> Value {
        try session.run("SAVEPOINT \(identifier: name)")
        do {
            let value = try body()
            try session.run("RELEASE SAVEPOINT \(identifier: name)")
            return value
        } catch {
            _ = try? session.run("ROLLBACK TO SAVEPOINT \(identifier: name)")
            throw error
        }
    }
}
