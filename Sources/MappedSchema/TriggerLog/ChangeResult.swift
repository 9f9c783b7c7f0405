import ForeignText
import Foundation

/// How one change ended, in the terms of the row and of the log.
package struct ChangeResult: Sendable, Equatable {
    package let change: Change
    /// The record that the change is about: for an insert the one that was made or found, else the one that was changed.
    package let sfid: String?
    /// Whether Salesforce made a new record.
    package var madeRecord = false
    /// `_hc_lastop` of the row; empty to leave the row alone.
    package let rowState: String
    /// `_trigger_log.state`.
    package let logState: String
    /// `_hc_err`: a JSON object, or nil.
    package let rowError: String?
    /// `_trigger_log.sf_message`.
    package let message: String?

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
    package static func failure(_ change: Change, sfid: String? = nil, code: String, message: String) -> ChangeResult {
        struct Report: Encodable {
            let op: String
            let src: String
            let code: String
            let msg: String
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let report = Report(op: change.action.rawValue, src: "SALESFORCE", code: code, msg: String(foreign: message))
        let text = (try? encoder.encode(report)).map { String(decoding: $0, as: UTF8.self) }
        return ChangeResult(
            change: change, sfid: sfid ?? change.sfid, rowState: change.action == .delete ? "" : "FAILED", logState: "FAILED",
            rowError: text, message: String(foreign: "\(code): \(message)"))
    }
}
