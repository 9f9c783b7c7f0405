/// What one part of the org refuses, in Salesforce's words, before it becomes an answer.
package protocol CodedRefusal: Error, Sendable {
    /// Salesforce's, such as `MALFORMED_QUERY`.
    var code: String { get }
    var message: String { get }
    /// Names of the fields that are to blame.
    var fields: [String] { get }
}
