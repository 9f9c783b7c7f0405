import Postgres

/// What people paste into psql to look at a mapped schema.
public struct PsqlQueries: Sendable {
    private let log: String

    /// Queries on one schema.
    public init(schema: String) {
        log = "\(PostgresText.quoteIdentifier(schema))._trigger_log"
    }

    /// Changes that wait to be written, by table.
    public var waitingChanges: String { "SELECT table_name, action, count(*) FROM \(log) WHERE state IN ('NEW', 'PENDING') GROUP BY 1, 2;" }

    /// Changes that could not be written, the latest first.
    public var failedChanges: String {
        "SELECT id, table_name, record_id, action, sf_message FROM \(log) WHERE state = 'FAILED' ORDER BY id DESC LIMIT 50;"
    }
}
