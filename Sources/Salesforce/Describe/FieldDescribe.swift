/// What the org says about one field: the keys that a column needs.
public struct FieldDescribe: Sendable, Hashable, Codable {
    /// API name.
    public let name: String
    /// Label.
    public let label: String
    /// Type, such as `string`, `reference` or `currency`.
    public let type: String
    /// SOAP type, such as `xsd:double`; tells what an `anyType` or formula holds.
    public let soapType: String?
    /// Most characters of a text; 0 for other types.
    public let length: Int
    /// All digits of a number with decimals.
    public let precision: Int
    /// Digits behind the point.
    public let scale: Int
    /// Digits of an `int`.
    public let digits: Int
    /// Whether it may be empty.
    public let nillable: Bool
    /// Whether its values are unique.
    public let unique: Bool
    /// Whether unique values differ by case; absent in old answers.
    public let caseSensitive: Bool?
    /// Whether it is an external id.
    public let externalId: Bool
    /// Whether upsert takes it as a key.
    public let idLookup: Bool
    /// Whether a new record may set it.
    public let createable: Bool
    /// Whether an update may set it.
    public let updateable: Bool
    /// Whether it is a formula or roll-up.
    public let calculated: Bool
    /// Whether Salesforce numbers it.
    public let autoNumber: Bool
    /// Whether a new record gets a value without our doing.
    public let defaultedOnCreate: Bool
    /// Whether it is a custom field.
    public let custom: Bool
    /// Whether it is on its way out.
    public let deprecatedAndHidden: Bool
    /// Whether it may stand in WHERE; absent in old answers.
    public let filterable: Bool?
    /// Whether it is encrypted; absent in old answers.
    public let encrypted: Bool?
    /// The objects that a reference may point to.
    public let referenceTo: [String]
    /// The name by which SOQL reaches the parent.
    public let relationshipName: String?
    /// Whether a reference may point to several kinds of objects.
    public let polymorphicForeignKey: Bool?
    /// The compound field that this one is a part of, such as `BillingAddress`.
    public let compoundFieldName: String?
    /// Finer kind, such as `richtextarea`.
    public let extraTypeInfo: String?

    /// Whether the value itself is made of others, so that Bulk cannot read it and columns exist for its parts.
    public var isCompound: Bool { type == "address" || type == "location" }

    /// Whether Salesforce wants this field from whoever creates a record.
    public var isRequiredOnCreate: Bool { createable && !nillable && !defaultedOnCreate }
}
