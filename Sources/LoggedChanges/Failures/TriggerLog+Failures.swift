import ForeignText
package import Foundation
package import MappedSchema
package import Postgres

/// A change that could not be written to Salesforce.
package struct FailedChange: Sendable {
    /// The trigger log's id.
    package let id: Int64
    /// The mapped table.
    package let tableName: String
    /// The row's `id`.
    package let recordID: Int64?
    /// Why.
    package let message: String
    /// When the change was captured.
    package let createdAt: Date
}

extension TriggerLog {
    /// The changes that failed in the last 24 hours, newest first, from the log and its archive.
    ///
    /// - Parameter table: only those of one table.
    /// - Throws: `PostgresError`.
    package func failures(table: String?, limit: Int, in session: PostgresSession) throws -> [FailedChange] {
        try session.query(
            """
            SELECT id, table_name, record_id, sf_message, created_at FROM (
                SELECT id, table_name, record_id, sf_message, created_at, processed_at, state FROM \(fragment: log)
                UNION ALL
                SELECT id, table_name, record_id, sf_message, created_at, processed_at, state FROM \(fragment: archive)
            ) log
            WHERE state = 'FAILED' AND coalesce(processed_at, created_at) > now() - interval '24 hours'
            AND (\(table)::text IS NULL OR table_name = \(table))
            ORDER BY id DESC LIMIT \(limit)
            """
        ).map { row in
            FailedChange(
                id: try row.decode("id"), tableName: try row.decodeIfPresent("table_name") ?? "",
                recordID: try row.decodeIfPresent("record_id"),
                message: String(foreign: try row.decodeIfPresent("sf_message") ?? ""), createdAt: try row.decode("created_at"))
        }
    }
}
