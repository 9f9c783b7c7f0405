import ForeignText
package import Foundation
import Postgres

/// A row of the trigger log or of its archive, as people see it.
package struct LoggedChange: Sendable {
    /// The trigger log's id.
    package let id: Int64
    /// The mapped table.
    package let tableName: String
    /// The row's `id`.
    package let recordID: Int64?
    /// The record that it is about, once it has an id.
    package let sfid: String?
    /// `INSERT`, `UPDATE` or `DELETE`.
    package let action: String
    /// Its state, in Heroku Connect's words.
    package let state: String
    /// What Salesforce or Sluice said of it.
    package let message: String
    /// When it was captured.
    package let createdAt: Date
    /// When it was done with.
    package let processedAt: Date?
    /// Whether it is in the archive.
    package let isArchived: Bool
    /// What it changed: values by column, NULL among them; nil of a text that cannot be read.
    package let values: [String: String?]?
    /// What the row was before, of an update and a delete.
    package let old: [String: String?]?
    /// What identifies its cause among the failures of its table.
    package let cause: String

    init(row: PostgresRow) throws {
        id = try row.decode("id")
        tableName = try row.decodeIfPresent("table_name") ?? ""
        recordID = try row.decodeIfPresent("record_id")
        sfid = try row.decodeIfPresent("sfid")
        action = try row.decodeIfPresent("action") ?? ""
        state = try row.decodeIfPresent("state") ?? ""
        message = String(foreign: try row.decodeIfPresent("sf_message") ?? "")
        createdAt = try row.decodeIfPresent("created_at") ?? .distantPast
        processedAt = try row.decodeIfPresent("processed_at")
        isArchived = try row.decode("is_archived")
        values = try Self.parse(row.decodeIfPresent("values"))
        old = try Self.parse(row.decodeIfPresent("old"))
        cause = try row.decode("cause")
    }

    private static func parse(_ text: String?) -> [String: String?]? {
        (try? HStoreText.parse(text ?? ""))?.mapValues { $0.map { String(foreign: $0) } }
    }
}

/// Failed changes of one table that failed for the same reason.
package struct FailureGroup: Sendable {
    /// The mapped table.
    package let tableName: String
    /// What identifies the cause.
    package let cause: String
    /// The reason, with what differs from row to row left out.
    package let reason: String
    /// One of the messages.
    package let example: String
    /// How many changes.
    package let count: Int
    /// The first and the last of them.
    package let firstAt: Date
    package let lastAt: Date
}
