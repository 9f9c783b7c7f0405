/// The fields that every object has, and no schema file lists.
enum SystemFields {
    static let names = Set((leading(of: "") + trailing).map(\.name))

    fileprivate static func leading(of label: String) -> [FieldDocument] {
        [
            FieldDocument(name: "Id", label: label, type: .id, nillable: false),
            FieldDocument(name: "IsDeleted", label: "Deleted", type: .boolean, nillable: false),
        ]
    }

    fileprivate static let trailing: [FieldDocument] = [
        FieldDocument(name: "CreatedDate", type: .datetime, nillable: false),
        FieldDocument(
            name: "CreatedById", label: "Created By ID", type: .reference, nillable: false, referenceTo: ["User"],
            relationshipName: "CreatedBy"),
        FieldDocument(name: "LastModifiedDate", type: .datetime, nillable: false),
        FieldDocument(
            name: "LastModifiedById", label: "Last Modified By ID", type: .reference, nillable: false, referenceTo: ["User"],
            relationshipName: "LastModifiedBy"),
        FieldDocument(name: "SystemModstamp", label: "System Modstamp", type: .datetime, nillable: false),
    ]
}

extension ObjectDocument {
    /// The object's own fields among the system's, in the order that describe lists them.
    var listedFields: [FieldDocument] {
        let isCustom = name.hasSuffix("__c")
        let leading = SystemFields.leading(of: idLabel ?? (isCustom ? "Record ID" : "\(label ?? name) ID"))
        let place = systemFieldsAfter.flatMap { name in fields.firstIndex { $0.name == name } }.map { $0 + 1 } ?? fields.count
        let all = leading + fields[..<place] + SystemFields.trailing + fields[place...]
        guard let without else { return all }
        return all.filter { !without.contains($0.name) }
    }
}
