public import Salesforce

/// What the org says of objects, each asked for once.
public actor DescribeMemory {
    private let salesforce: SalesforceClient?
    private var known: [String: Task<ObjectDescribe?, any Error>] = [:]

    /// A memory of one org in one API version; without a client nothing is known.
    public init(_ salesforce: SalesforceClient?) {
        self.salesforce = salesforce
    }

    /// An object; nil when the org has none of that name, or the integration user may not see it.
    ///
    /// - Throws: `SalesforceError`; `SyncError` when there is no org to ask.
    public func object(_ name: String) async throws -> ObjectDescribe? {
        guard let salesforce else { throw SyncError(code: .unauthorized, message: "the connection is not authorized at Salesforce") }
        let key = name.lowercased()
        let asked =
            known[key]
            ?? Task {
                do {
                    return try await salesforce.describe(name)
                } catch let error as SalesforceError where error.meansMissingObject {
                    return nil
                }
            }
        known[key] = asked
        return try await withTaskCancellationHandler {
            try await asked.value
        } onCancel: {
            asked.cancel()
        }
    }
}
