import SandboxBytes
import SandboxData
import SandboxStore

/// A column of an upload: a field of the object, or a parent named by one of its external ids.
struct IngestColumn: Sendable {
    /// The field that is written.
    let field: FieldSchema
    /// The parent's field, for `Account.External_Id__c`.
    let parentKey: FieldSchema?

    /// Finds the header's columns; one unknown name fails the job.
    static func columns(
        of header: [String], object named: ObjectSchema, operation: BulkIngestJob.Operation, key: FieldSchema?, schema: OrgSchema
    ) throws(CSVError) -> [IngestColumn] {
        guard let object = schema.current(named) else {
            throw CSVError(message: "InvalidBatch : Entity '\(named.name)' is not supported by the Bulk API.")
        }
        var columns: [IngestColumn] = []
        for name in header {
            guard let column = column(name, object, schema.objects) else {
                throw CSVError(message: "InvalidBatch : Field name not found : \(name)")
            }
            columns.append(column)
        }
        let needed: String? =
            switch operation {
            case .insert: nil
            case .upsert: key?.name
            case .update, .delete, .hardDelete: "Id"
            }
        if let needed, !columns.contains(where: { $0.field.name == needed && $0.parentKey == nil }) {
            throw CSVError(message: "InvalidBatch : Field name not found : \(needed)")
        }
        return columns
    }

    /// `Name`, `Account.External_Id__c`, `Account__r.External_Id__c`, `User:Owner.Username`
    private static func column(_ name: String, _ object: ObjectSchema, _ targets: PlacedList<ObjectSchema>) -> IngestColumn? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        if parts.count == 1 { return object.field(name).map { IngestColumn(field: $0, parentKey: nil) } }
        guard parts.count == 2 else { return nil }
        let typed = parts[0].split(separator: ":", omittingEmptySubsequences: false)
        guard let reference = object.relationship(typed[typed.count - 1]), typed.count <= 2 else { return nil }
        let parents = reference.targets.map { targets[$0] }
        let parent = typed.count == 2 ? parents.first { $0.name.lowercased() == typed[0].lowercased() } : parents.first
        guard let key = parent?.field(parts[1]) else { return nil }
        return IngestColumn(field: reference, parentKey: key)
    }

    /// A row of the upload under these columns.
    static func row(_ cells: [String], _ columns: [IngestColumn], key: FieldSchema?) -> IngestRow {
        var row = IngestRow()
        for (column, text) in zip(columns, cells) {
            if column.field.type == .id { row.id = text }
            if column.field.index == key?.index, column.parentKey == nil { row.key = text.isEmpty ? .null : .string(text) }
            if column.field.type != .id, let member = column.member(text) { row.members.append(member) }
        }
        return row
    }

    /// The member a REST call would have; nil for an empty cell, which leaves the field as it is.
    func member(_ text: String) -> JSON.Member? {
        guard !text.isEmpty else { return nil }
        if text == "#N/A" { return JSON.Member(key: parentKey == nil ? field.name : field.relationshipName ?? field.name, value: .null) }
        if let parentKey {
            let parent = JSON.object([JSON.Member(key: parentKey.name, value: .string(text))])
            return JSON.Member(key: field.relationshipName ?? field.name, value: parent)
        }
        if field.type == .boolean {
            switch text.lowercased() {
            case "true", "1", "yes": return JSON.Member(key: field.name, value: .bool(true))
            case "false", "0", "no": return JSON.Member(key: field.name, value: .bool(false))
            default: break
            }
        }
        return JSON.Member(key: field.name, value: .string(text))
    }
}
