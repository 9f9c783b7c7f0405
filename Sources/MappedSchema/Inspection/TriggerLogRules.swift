import Catalog

/// What the facts of a trigger log mean.
struct TriggerLogRules: Sendable {
    static let idRule = DiagnosisRule("TRIGGER_LOG_IDS_MUST_LAST", "Trigger Log Ids")
    static let sizeRule = DiagnosisRule("TRIGGER_LOG_SHOULD_STAY_SMALL", "Trigger Log Size")
    static let waitingRule = DiagnosisRule("CHANGES_SHOULD_NOT_WAIT", "Waiting Changes")
    static let indexRule = DiagnosisRule("TRIGGER_LOG_INDEXES_MUST_EXIST", "Trigger Log Indexes")
    static let notifyRule = DiagnosisRule("TRIGGER_LOG_SHOULD_NOTIFY", "Trigger Log Notifications")
    static let vacuumRule = DiagnosisRule("TRIGGER_LOG_MUST_BE_VACUUMED", "Trigger Log Autovacuum")

    let facts: TriggerLogFacts
    let schema: String
    let bounds: SchemaBounds

    var findings: [Finding] { [ids, size, waiting, indexes, notifications, autovacuum] }

    private var ids: Finding {
        let text = "The trigger log has given out the id \(facts.lastID) of at most 2147483647"
        if facts.hasWideIDs { return Self.idRule.pass("The trigger log's ids are 64 bits wide") }
        return Self.idRule.judge(
            Double(facts.lastID), warnFrom: Double(bounds.idWarning), failFrom: Double(bounds.idError), text,
            remedy:
                "stop writing applications, wait until no change waits, delete the rows of \(schema)._trigger_log and \(schema)._trigger_log_archive, and run ALTER SEQUENCE \(schema)._trigger_log_id_seq RESTART WITH 1"
        )
    }

    private var size: Finding {
        let megabytes = facts.bytes >> 20
        guard facts.bytes >= bounds.logBytes else { return Self.sizeRule.pass("Trigger log and archive take \(megabytes) MB") }
        return Self.sizeRule.warning(
            "Trigger log and archive have grown to \(megabytes) MB",
            remedy:
                "see that the scheduler and a worker run, which move what is done and delete what is old; look for applications that change rows without need; then VACUUM FULL \(schema)._trigger_log_archive at a quiet time"
        )
    }

    private var waiting: Finding {
        let number = facts.waiting >= TriggerLogFacts.countedTo ? "more than \(TriggerLogFacts.countedTo)" : "\(facts.waiting)"
        let text = "\(number) changes wait to be written to Salesforce, the first for \(Int(facts.oldestWaitingSeconds)) s"
        guard facts.waiting > 0, facts.waiting >= bounds.waiting || facts.oldestWaitingSeconds >= bounds.waitingSeconds else {
            return Self.waitingRule.pass(facts.waiting == 0 ? "No change waits" : text)
        }
        return Self.waitingRule.warning(
            text,
            remedy:
                "see that the connection is not paused and that a worker runs; the mappings' descriptions and the write errors say what fails"
        )
    }

    private var indexes: Finding {
        if facts.missingIndexes.isEmpty { return Self.indexRule.pass("The trigger log's indexes are there") }
        let columns = facts.missingIndexes.joined(separator: ", ")
        return Self.indexRule.error(
            "The trigger log lacks \(columns): each look at it reads all of it",
            remedy: facts.missingIndexes.map { Self.statement(for: $0, schema: schema) }.joined(separator: "; "))
    }

    /// As `TargetMetadata` makes them.
    private static func statement(for index: String, schema: String) -> String {
        switch index {
        case "_trigger_log_idx_state_id": "CREATE INDEX \(index) ON \(schema)._trigger_log (state, id)"
        case "_trigger_log_idx_state_table_name":
            "CREATE INDEX \(index) ON \(schema)._trigger_log (state, table_name) WHERE state = 'NEW' OR state = 'PENDING'"
        default: "ALTER TABLE \(schema)._trigger_log ADD PRIMARY KEY (id)"
        }
    }

    private var notifications: Finding {
        if facts.notifies { return Self.notifyRule.pass("New changes announce themselves") }
        return Self.notifyRule.warning(
            "The trigger tlog_insert_trigger is missing or disabled: changes are found only every two minutes",
            remedy:
                "ALTER TABLE \(schema)._trigger_log ENABLE TRIGGER tlog_insert_trigger, or CREATE TRIGGER tlog_insert_trigger AFTER INSERT ON \(schema)._trigger_log FOR EACH ROW EXECUTE FUNCTION \(schema).tlog_notify_trigger()"
        )
    }

    private var autovacuum: Finding {
        guard let first = facts.withoutAutovacuum.first else { return Self.vacuumRule.pass("Autovacuum looks after the trigger log") }
        return Self.vacuumRule.warning(
            "Autovacuum is switched off for \(facts.withoutAutovacuum.joined(separator: " and ")): the log grows and becomes slow",
            remedy: "ALTER TABLE \(schema).\(first) RESET (autovacuum_enabled)")
    }
}
