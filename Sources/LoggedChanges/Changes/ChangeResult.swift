import ForeignText
import Foundation

/// How one change ended, in the terms of the row and of the log.
package struct ChangeResult: Sendable, Equatable {
    package let change: Change
    /// The record that the change is about: for an insert the one that was made or found, else the one that was changed.
    package let sfid: String?
    /// Whether Salesforce made a new record.
    package var madeRecord = false
    /// The change that this one was merged into.
    package var mergedInto: Int64?
    /// Whether the row was deleted while its insert was on its way, and the deletion of the record waits in the log.
    package var awaitsDeletion = false
    /// `_hc_lastop` of the row; empty to leave the row alone.
    package let rowState: String
    /// `_trigger_log.state`.
    package let logState: String
    /// `_hc_err`: a JSON object, or nil.
    package let rowError: String?
    /// `_trigger_log.sf_message`.
    package let message: String?

    /// What the log says of a change that was merged into this one.
    package var mergeMessage: String? {
        logState == "SUCCESS" || logState == "MERGED" ? "merged into the change \(mergedInto ?? change.id)" : message
    }

    /// The row whose deletion this was, once Salesforce has done it too.
    var deletedRow: (sfid: String, id: Int64)? {
        guard change.action == .delete, logState == "SUCCESS", change.recordID <= Int64(Int32.max) else { return nil }
        return (sfid ?? change.sfid).map { ($0, change.recordID) }
    }

    /// Nothing of it was sent, since the row was deleted before the org knew it.
    package static func cancelled(_ change: Change, by deletion: Int64) -> ChangeResult {
        ChangeResult(
            change: change, sfid: nil, mergedInto: deletion, rowState: "", logState: "MERGED", rowError: nil,
            message: "the row was deleted before it was written: merged into the change \(deletion)")
    }

    /// Salesforce took it.
    ///
    /// - Parameter madeRecord: whether it made a record, and did not find one.
    package static func success(_ change: Change, sfid: String?, madeRecord: Bool = false) -> ChangeResult {
        let rowState =
            switch change.action {
            case .insert: "INSERTED"
            case .update: "UPDATED"
            case .delete: ""
            }
        return ChangeResult(
            change: change, sfid: sfid, madeRecord: madeRecord, rowState: rowState, logState: "SUCCESS", rowError: nil, message: nil)
    }

    /// Nothing of it concerns Salesforce.
    package static func ignored(_ change: Change, sfid: String? = nil, because reason: String) -> ChangeResult {
        let rowState = change.action == .delete ? "" : "SYNCED"
        return ChangeResult(
            change: change, sfid: sfid ?? change.sfid, rowState: rowState, logState: "IGNORED", rowError: nil,
            message: String(foreign: reason))
    }

    /// Salesforce will not take it, now or later.
    ///
    /// - Parameters:
    ///   - fields: the fields or columns that it is refused for, where they are known.
    ///   - advice: what to do.
    package static func failure(
        _ change: Change, sfid: String? = nil, code: String, message: String, fields: [String] = [], advice: String? = nil
    ) -> ChangeResult {
        let report = FailureReport(
            op: change.action.rawValue, code: code, msg: String(foreign: message), fields: fields.isEmpty ? nil : fields,
            todo: advice
                ?? "change the row so that Salesforce takes it; or set the state of row \(change.id) of the trigger log to NEW to have it tried as it is"
        )
        return ChangeResult(
            change: change, sfid: sfid ?? change.sfid, rowState: change.action == .delete ? "" : "FAILED", logState: "FAILED",
            rowError: report.text, message: String(foreign: "\(code): \(message)"))
    }
}
