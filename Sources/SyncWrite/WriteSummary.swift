import Catalog
import LoggedChanges

/// What a write did, for people.
struct WriteSummary: Sendable, Equatable {
    var written = 0
    var failed = 0
    var ignored = 0
    /// Rows of the log that are done with, those that were merged into others included, and how many of them failed.
    var rows = 0
    var failedRows = 0
    var calls = 0
    /// Why some changes wait on, if any do.
    var postponed: String?
    /// The first failure's message.
    var firstFailure: String?
    /// The row of the first failure; where nothing failed, that of a single change.
    var row: EventRow?

    init() {}

    init(results: [ChangeResult], calls: Int, postponed: String?) {
        for result in results {
            rows += result.change.rows.count
            if result.logState == "FAILED" { failedRows += result.change.rows.count }
            switch result.logState {
            case "SUCCESS": written += 1
            case "FAILED":
                failed += 1
                firstFailure = firstFailure ?? result.message
                if failed == 1 { row = result.row }
            default: ignored += 1
            }
        }
        if failed == 0, results.count == 1 { row = results[0].row }
        self.calls = calls
        self.postponed = postponed
    }

    mutating func add(_ other: WriteSummary) {
        if failed == 0 { row = other.failed > 0 || written + ignored == 0 ? other.row : nil }
        written += other.written
        failed += other.failed
        ignored += other.ignored
        rows += other.rows
        failedRows += other.failedRows
        calls += other.calls
        postponed = postponed ?? other.postponed
        firstFailure = firstFailure ?? other.firstFailure
    }
}

extension ChangeResult {
    /// The row that it is about, for the log.
    fileprivate var row: EventRow { EventRow(id: change.recordID, sfid: sfid ?? change.sfid) }
}
