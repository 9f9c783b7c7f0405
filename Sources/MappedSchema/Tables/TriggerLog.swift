package import Postgres

/// The trigger log of a mapped schema, by the names of its tables; what waits there and what became of it is `LoggedChanges`' to say. States and
/// columns keep their Heroku Connect meaning (heroku-connect.md 2.6).
package struct TriggerLog: Sendable {
    /// The mapped schema.
    package let schema: String

    /// The log of a schema.
    package init(schema: String) { self.schema = schema }

    /// `_trigger_log`.
    package var log: PostgresQuery { "\(identifier: schema, "_trigger_log")" }
    /// `_trigger_log_archive`.
    package var archive: PostgresQuery { "\(identifier: schema, "_trigger_log_archive")" }
}
