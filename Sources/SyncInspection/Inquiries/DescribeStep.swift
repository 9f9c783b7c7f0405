public import Catalog
public import JobQueue
public import Salesforce
import Sync

/// Asks Salesforce what an object is made of and keeps the answer for the API, which calls no org itself. Needs a login and no running sync: the
/// connection may be paused, and its database may be away.
public struct DescribeStep: Sendable {
    private let connection: Connection
    private let salesforce: SalesforceClient
    private let catalog: CatalogStore

    /// A step for one connection.
    public init(connection: Connection, salesforce: SalesforceClient, catalog: CatalogStore) {
        self.connection = connection
        self.salesforce = salesforce
        self.catalog = catalog
    }

    /// Asks, in the version that the arguments name.
    ///
    /// - Throws: `SalesforceError`, `PostgresError`.
    public func run(_ args: DescribeArgs) async throws -> JobOutcome {
        do {
            let object = try await salesforce.at(apiVersion: args.apiVersion).describe(args.object)
            try await catalog.storeDescribe(
                connection.id, object: args.object, apiVersion: args.apiVersion, document: ObjectSchemaDocument.make(object).text)
            return .completed("\(object.name) has \(object.fields.count) fields in version \(args.apiVersion)")
        } catch let error as SalesforceError where error.meansMissingObject {
            try await catalog.storeDescribe(connection.id, object: args.object, apiVersion: args.apiVersion, document: nil)
            return .completed("the org has no object \(args.object), or the integration user may not see it")
        }
    }
}
