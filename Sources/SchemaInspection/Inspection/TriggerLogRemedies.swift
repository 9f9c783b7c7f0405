/// What to run on a trigger log that is not as it was made, for people to read and to copy.
package struct TriggerLogRemedies: Sendable {
    private let schema: String

    package init(schema: String) { self.schema = schema }

    /// Lets `TargetMetadata` make the ids wide.
    package var widenIDs: String {
        "the next write makes them 64 bits wide, unless something stands on the columns: drop views of \(schema)._trigger_log and \(schema)._trigger_log_archive, and give the role that Sluice uses both tables"
    }

    /// Gives the archive's room back to the disk.
    package var shrink: String { "VACUUM FULL \(schema)._trigger_log_archive" }

    /// Lets new changes announce themselves again.
    package var notify: String {
        "ALTER TABLE \(schema)._trigger_log ENABLE TRIGGER tlog_insert_trigger, or CREATE TRIGGER tlog_insert_trigger AFTER INSERT ON \(schema)._trigger_log FOR EACH ROW EXECUTE FUNCTION \(schema).tlog_notify_trigger()"
    }

    /// Makes an index as `TargetMetadata` does.
    package func make(index: String) -> String {
        switch index {
        case "_trigger_log_idx_state_id": "CREATE INDEX \(index) ON \(schema)._trigger_log (state, id)"
        case "_trigger_log_idx_state_table_name":
            "CREATE INDEX \(index) ON \(schema)._trigger_log (state, table_name) WHERE state = 'NEW' OR state = 'PENDING'"
        default: "ALTER TABLE \(schema)._trigger_log ADD PRIMARY KEY (id)"
        }
    }

    /// Lets autovacuum look after a table of the schema again.
    package func vacuum(_ table: String) -> String { "ALTER TABLE \(schema).\(table) RESET (autovacuum_enabled)" }
}
