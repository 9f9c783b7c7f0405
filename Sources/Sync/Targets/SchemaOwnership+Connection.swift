public import Catalog
public import Foundation
public import MappedSchema

extension SchemaOwnership {
    /// The claim of a connection on the schema that it names.
    ///
    /// - Parameter controlDatabase: `CatalogStore.controlDatabaseID`.
    public init(connection: Connection, controlDatabase: UUID) {
        self.init(
            schema: connection.schemaName,
            owner: Owner(
                controlDatabase: controlDatabase, connection: connection.id, name: connection.name, resourceName: connection.resourceName,
                organizationID: connection.organizationID))
    }
}
