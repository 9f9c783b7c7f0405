package import MappedSchema
package import Postgres

extension TriggerLog {
    /// How many changes wait, by table and state.
    ///
    /// - Throws: `PostgresError`.
    package func waitingByState(in session: PostgresSession) throws -> [(table: String, state: String, number: Int)] {
        try session.query(
            """
            SELECT coalesce(table_name, '') AS table_name, state, count(*) AS number FROM \(fragment: log)
            WHERE state = 'NEW' OR state = 'PENDING' GROUP BY 1, 2 ORDER BY 1, 2
            """, timeout: .seconds(60)
        ).map { (try $0.decode("table_name"), try $0.decode("state"), try $0.decode("number")) }
    }

    /// Sessions of others that wait for this log's notifications, as far as this role may see what they do: by application and address.
    ///
    /// - Throws: `PostgresError`.
    package func otherListeners(in session: PostgresSession) throws -> [String] {
        try session.query(
            """
            SELECT DISTINCT coalesce(nullif(application_name, ''), 'unnamed') || coalesce(' at ' || host(client_addr), '') AS name
            FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name NOT LIKE 'sluice%'
              AND query ILIKE 'listen%' AND strpos(query, \(MappedSchema.notificationChannel(ofSchema: schema))) > 0
            ORDER BY 1 LIMIT 10
            """
        ).map { try $0.decode("name") }
    }
}
