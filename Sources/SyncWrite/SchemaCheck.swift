import Catalog
import MappedSchema
import Salesforce
import Sync

/// Looks whether the org still has what a table writes, after a refusal that may come from its schema.
struct SchemaCheck: Sendable {
    let scope: SyncScope
    let table: TableSchema

    /// - Parameter fields: names of the fields that were sent.
    /// - Throws: `TableFault` when the object or a field is gone, hidden or not to be written any more; `SalesforceError`.
    func find(because refusal: SalesforceError, sending fields: Set<String>) async throws {
        let object: ObjectDescribe
        do {
            object = try await scope.salesforce.describe(table.objectName)
        } catch let error as SalesforceError where error.meansMissingObject {
            throw TableFault(
                state: .badConfig,
                message: "the object \(table.objectName) is gone from the org, or the integration user may not see it: \(refusal.message)")
        }
        let missing = fields.filter { object.field($0) == nil && !isRelationship($0) }.sorted()
        guard missing.isEmpty else {
            throw TableFault(
                state: .badConfig,
                message:
                    "the org no longer has \(missing.map { "\(table.objectName).\($0)" }.joined(separator: ", ")), or the integration user may not see it: map it no longer, or bring it back"
            )
        }
        if refusal.httpStatus == 403 || !object.createable && !object.updateable && !object.deletable {
            throw TableFault(
                state: .badConfig, message: "the integration user may not write \(table.objectName): \(refusal.code): \(refusal.message)")
        }
        if refusal.httpStatus == 404 {
            throw TableFault(state: .badConfig, message: "\(table.objectName) cannot be written: \(refusal.code): \(refusal.message)")
        }
    }

    /// A parent's relationship is no field of the object.
    private func isRelationship(_ name: String) -> Bool { table.columns.contains { $0.relationship?.name == name } }
}
