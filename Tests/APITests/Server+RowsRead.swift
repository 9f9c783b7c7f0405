import Eventually
import Postgres
import TestDatabase

extension Server {
    /// Rows of a table, and entries of its indexes, that were read in this database so far. Sessions tell it when they end: so all are ended, and whoever
    /// needs one opens another.
    func rowsRead(of table: String) async throws -> Int {
        let observer = try PostgresConnection(configuration: database.configuration)
        let others: PostgresQuery =
            "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        let ended: [Int] = try await observer.withSession { session in
            try session.query("SELECT pid, pg_terminate_backend(pid) \(fragment: others)").map { try $0.decode("pid") }
        }
        try await eventually("the sessions have ended") {
            try await observer.withSession { try $0.query("SELECT \(fragment: others) AND pid = ANY (\(ended)::int[])").count } == 0
        }
        let rows: Int = try await observer.withSession { session in
            try session.query(
                """
                SELECT (seq_tup_read + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes i WHERE i.relid = t.relid))::bigint AS rows
                FROM pg_stat_user_tables t WHERE relid = \(table)::regclass
                """)[0].decode("rows")
        }
        await observer.close()
        return rows
    }
}
