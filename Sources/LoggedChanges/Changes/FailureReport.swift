import Foundation

/// What `_hc_err` says of a change that was not written, as JSON.
struct FailureReport: Encodable {
    /// The action; nil where it may be several.
    let op: String?
    /// Who refused it.
    var src = "SALESFORCE"
    let code: String
    let msg: String
    var fields: [String]?
    var at = Date.now.formatted(.iso8601)
    let todo: String

    var text: String? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) }
    }
}
