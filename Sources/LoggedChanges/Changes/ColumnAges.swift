import MappedSchema
import Postgres

/// How old the columns of a table are, in transactions: a column that was dropped and made again, or got another type, says nothing of what its rows
/// held before.
struct ColumnAges: Sendable {
    private let ages: [String: Int64]
    private let now: Int64

    /// The table's columns as they are.
    ///
    /// - Throws: `PostgresError`.
    init(of table: TableSchema, in session: PostgresSession) throws {
        let rows = try session.query(
            """
            SELECT attname AS name, age(xmin)::bigint AS age, txid_current() AS now FROM pg_attribute
            WHERE attrelid = to_regclass(\(PostgresText.quoteIdentifier(table.schema) + "." + PostgresText.quoteIdentifier(table.table)))
              AND attnum > 0 AND NOT attisdropped
            """)
        self.init(
            ages: Dictionary(
                uniqueKeysWithValues: try rows.map { (try $0.decode("name", as: String.self), try $0.decode("age", as: Int64.self)) }),
            now: try rows.first?.decode("now") ?? 0)
    }

    /// - Parameters:
    ///   - ages: transactions since each column was defined.
    ///   - now: the transaction that looks.
    init(ages: [String: Int64], now: Int64) {
        self.ages = ages
        self.now = now
    }

    /// Whether a column was made or altered since a transaction that wrote into the same table. In a table that was itself made since, none is:
    /// its rows are others.
    func isNewer(_ column: String, than transaction: Int64?) -> Bool {
        guard let transaction, let age = ages[column], let tableAge = ages["id"] else { return false }
        let since = now - transaction
        return age < since && tableAge >= since
    }
}
