import Foundation

/// How one change ended, in the terms of the row and of the log.
struct ChangeResult: Sendable, Equatable {
    let change: Change
    /// The record's Salesforce id, when an insert told it.
    let sfid: String?
    /// `_hc_lastop` of the row; empty to leave the row alone.
    let rowState: String
    /// `_trigger_log.state`.
    let logState: String
    /// `_hc_err`: a JSON object, or nil.
    let rowError: String?
    /// `_trigger_log.sf_message`.
    let message: String?

    /// Salesforce took it.
    static func success(_ change: Change, sfid: String? = nil) -> ChangeResult {
        let rowState =
            switch change.action {
            case .insert: "INSERTED"
            case .update: "UPDATED"
            case .delete: ""
            }
        return ChangeResult(change: change, sfid: sfid, rowState: rowState, logState: "SUCCESS", rowError: nil, message: nil)
    }

    /// Nothing of it concerns Salesforce.
    static func ignored(_ change: Change, because reason: String) -> ChangeResult {
        let rowState = change.action == .delete ? "" : "SYNCED"
        return ChangeResult(change: change, sfid: nil, rowState: rowState, logState: "IGNORED", rowError: nil, message: reason)
    }

    /// Salesforce will not take it, now or later.
    static func failure(_ change: Change, code: String, message: String) -> ChangeResult {
        struct Report: Encodable {
            let op: String
            let src: String
            let code: String
            let msg: String
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let report = Report(op: change.action.rawValue, src: "SALESFORCE", code: code, msg: message)
        let text = (try? encoder.encode(report)).map { String(decoding: $0, as: UTF8.self) }
        return ChangeResult(
            change: change, sfid: nil, rowState: change.action == .delete ? "" : "FAILED", logState: "FAILED", rowError: text,
            message: "\(code): \(message)")
    }
}
