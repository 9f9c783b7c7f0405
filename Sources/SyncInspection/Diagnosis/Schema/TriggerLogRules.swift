import Catalog
import SchemaInspection

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

    private var remedies: TriggerLogRemedies { TriggerLogRemedies(schema: schema) }

    var findings: [Finding] { [ids, size, waiting, indexes, notifications, autovacuum] }

    private var ids: Finding {
        let text = "The trigger log has given out the id \(facts.lastID) of at most 2147483647"
        if facts.hasWideIDs { return Self.idRule.pass("The trigger log's ids are 64 bits wide") }
        return Self.idRule.judge(
            Double(facts.lastID), warnFrom: Double(bounds.idWarning), failFrom: Double(bounds.idError), text,
            remedy: remedies.widenIDs)
    }

    private var size: Finding {
        let megabytes = facts.bytes >> 20
        guard facts.bytes >= bounds.logBytes else { return Self.sizeRule.pass("Trigger log and archive take \(megabytes) MB") }
        return Self.sizeRule.warning(
            "Trigger log and archive have grown to \(megabytes) MB",
            remedy:
                "see that the scheduler and a worker run, which move what is done and delete what is old; look for applications that change rows without need; then \(remedies.shrink) at a quiet time"
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
            remedy: facts.missingIndexes.map(remedies.make(index:)).joined(separator: "; "))
    }

    private var notifications: Finding {
        if facts.notifies { return Self.notifyRule.pass("New changes announce themselves") }
        return Self.notifyRule.warning(
            "The trigger tlog_insert_trigger is missing or disabled: changes are found only every two minutes",
            remedy: remedies.notify)
    }

    private var autovacuum: Finding {
        guard let first = facts.withoutAutovacuum.first else { return Self.vacuumRule.pass("Autovacuum looks after the trigger log") }
        return Self.vacuumRule.warning(
            "Autovacuum is switched off for \(facts.withoutAutovacuum.joined(separator: " and ")): the log grows and becomes slow",
            remedy: remedies.vacuum(first))
    }
}
