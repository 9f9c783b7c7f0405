/// What one rule says of a connection or of one of its mappings.
public struct Finding: Sendable, Hashable {
    /// How it ended.
    public enum Verdict: String, Sendable, Hashable, CaseIterable {
        /// Something does not work, or will not.
        case error
        /// Something works, but somebody should look at it.
        case warning
        /// In order.
        case pass
        /// The rule could not be asked, or has nothing to say here.
        case skip
    }

    /// The rule's name for programs, such as `MUST_USE_RECENT_API_VERSION`.
    public let ruleID: String
    /// The rule's name for people, such as `Salesforce API Version`.
    public let displayName: String
    /// How it ended.
    public let verdict: Verdict
    /// What was found, and what to do about it.
    public let message: String
    /// Where more is to be read.
    public let documentation: String?
    /// The mapped object that it is about; nil when it is about the connection.
    public let mapping: String?

    /// A finding.
    public init(
        _ ruleID: String, _ displayName: String, _ verdict: Verdict, _ message: String, documentation: String? = nil, mapping: String? = nil
    ) {
        self.ruleID = ruleID
        self.displayName = displayName
        self.verdict = verdict
        self.message = message
        self.documentation = documentation
        self.mapping = mapping
    }
}
