package import SandboxData

/// What a field name means: one field, or one in each of the objects that a polymorphic reference may lead to.
package struct FieldVariants: Sendable {
    /// Decides the name and the type that a query sees.
    package let nominal: FieldSchema
    /// By the object's place in the schema; nil when there is only one object.
    private let byObject: [Int: FieldSchema]?

    package init(_ field: FieldSchema) {
        nominal = field
        byObject = nil
    }

    package init(nominal: FieldSchema, byObject: [Int: FieldSchema]) {
        self.nominal = nominal
        self.byObject = byObject
    }

    var isPolymorphic: Bool { byObject != nil }

    /// The field in rows of this object; nil when its rows have no such field.
    @inline(__always)
    package func field(in object: Int) -> FieldSchema? {
        if let byObject { byObject[object] } else { nominal }
    }

    /// Every object a reference leads to.
    package var targets: [Int] {
        guard let byObject else { return nominal.targets }
        return Array(Set(byObject.values.flatMap(\.targets))).sorted()
    }
}

/// What a polymorphic relationship such as `What` or `Owner` leads to: Salesforce's entity Name, which has the fields that people and
/// groups, or any named records, have in common. A record without one of them has null there.
enum NameEntity {
    static let name = "Name"

    private static let fieldNames = [
        "Alias", "Email", "FirstName", "Id", "IsActive", "LastName", "LastReferencedDate", "LastViewedDate", "Name", "Phone", "ProfileId",
        "RecordTypeId", "Title", "UserRoleId", "Username",
    ]
    private static let relationshipNames: Set<String> = ["profile", "recordtype", "userrole"]

    /// The record's object, by name.
    private static let type = FieldSchema(
        index: -1, document: FieldDocument(plain: "Type", .string), role: .objectName,
        generator: FieldGenerator(source: .null, salt: 0, nulls: 0), targets: [])

    static func field(_ name: some StringProtocol, among objects: [ObjectSchema]) -> FieldVariants? {
        if name.lowercased() == "type" {
            return FieldVariants(nominal: type, byObject: Dictionary(uniqueKeysWithValues: objects.map { ($0.index, type) }))
        }
        guard let known = fieldNames.first(where: { $0.lowercased() == name.lowercased() }) else { return nil }
        // Cases and tasks have a name field that is not called Name.
        let fields = objects.compactMap { object -> (Int, FieldSchema)? in
            let field = object.field(known) ?? (known == "Name" ? object.fields.first { $0.document.nameField ?? false } : nil)
            return field.map { (object.index, $0) }
        }
        let absent = FieldSchema(
            index: -1, document: FieldDocument(plain: known, .string), role: .stored,
            generator: FieldGenerator(source: .null, salt: 0, nulls: 0), targets: [])
        let nominal = fields.first { $0.1.name == known }?.1 ?? absent
        return FieldVariants(nominal: nominal, byObject: Dictionary(uniqueKeysWithValues: fields))
    }

    static func relationship(_ name: some StringProtocol, among objects: [ObjectSchema]) -> FieldVariants? {
        guard relationshipNames.contains(name.lowercased()) else { return nil }
        let fields = objects.compactMap { object in object.relationship(name).map { (object.index, $0) } }
        guard let nominal = fields.first?.1 else { return nil }
        return FieldVariants(nominal: nominal, byObject: Dictionary(uniqueKeysWithValues: fields))
    }
}
