public import Catalog
public import MappedSchema
public import Salesforce
public import Sync

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
