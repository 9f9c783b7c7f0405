public import Catalog
public import MappedSchema
public import Salesforce

/// What the checks of a diagnosis look at.
public struct DiagnosisWorld: Sendable {
    /// The connection.
    public let connection: Connection
    /// The mappings that are looked at, in the order of the export.
    public let mappings: [Mapping]
    /// Whether the connection itself is looked at, or only a mapping of it.
    public let isWhole: Bool
    /// The control database's records.
    public let catalog: CatalogStore
    /// The org; nil when the connection was never authorized, or nobody may ask it.
    public let salesforce: SalesforceClient?
    /// The target database; nil when it cannot be told where that is.
    public let target: TargetDatabase?
    /// What the org says of objects, each asked for once.
    public let describes: DescribeMemory

    /// Gathers what is looked at.
    public init(
        connection: Connection, mappings: [Mapping], isWhole: Bool, catalog: CatalogStore, salesforce: SalesforceClient?,
        target: TargetDatabase?
    ) {
        self.connection = connection
        self.mappings = mappings
        self.isWhole = isWhole
        self.catalog = catalog
        self.salesforce = salesforce
        self.target = target
        describes = DescribeMemory(salesforce)
    }
}

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
