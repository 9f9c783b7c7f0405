/// One object, ready for use.
package final class ObjectSchema: Sendable {
    package let index: Int
    package let document: ObjectDocument
    package let fields: PlacedList<FieldSchema>
    /// Places of fields that are not there any more.
    let removed: Set<Int>
    /// When its describe changed last, in seconds since 1970.
    package let modified: Int64
    /// The key prefix's three bytes.
    package let prefix: [UInt8]
    package let rules: ObjectRules
    /// What the user of the API sees.
    package let visibleFields: [FieldSchema]
    /// What every write of a record has to look at, found once: unique fields, those that must not be null, those that get a value when the
    /// client gives none, and those the org numbers.
    package let uniqueFields: [FieldSchema]
    package let mandatoryFields: [FieldSchema]
    package let defaultedFields: [FieldSchema]
    package let numberedFields: [FieldSchema]
    private let fieldsByName: [String: FieldSchema]
    private let fieldsByRelationship: [String: FieldSchema]

    package init(
        index: Int, document: ObjectDocument, fields placed: [FieldSchema], rules: ObjectRules, removed: Set<Int> = [],
        modified: Int64 = GeneratedTimes.base
    ) {
        self.index = index
        self.document = document
        let fields = PlacedList(placed, removed: removed)
        self.fields = fields
        self.removed = removed
        self.modified = modified
        self.prefix = Array(document.keyPrefix.utf8)
        self.rules = rules
        let visible = fields.filter { !$0.isHidden }
        self.visibleFields = visible
        self.uniqueFields = fields.filter(\.isUnique)
        self.mandatoryFields = fields.filter { $0.isWritable && !$0.isNillable }
        self.defaultedFields = fields.filter { field in
            field.isWritable
                && (field.document.defaultValue != nil || field.type == .boolean || ["OwnerId", "RecordTypeId"].contains(field.name))
        }
        self.numberedFields = fields.filter(\.isAutoNumber)
        self.fieldsByName = Dictionary(visible.map { ($0.name.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
        self.fieldsByRelationship = Dictionary(
            visible.compactMap { field in field.relationshipName.map { ($0.lowercased(), field) } }, uniquingKeysWith: { first, _ in first }
        )
    }

    package var name: String { document.name }
    package var label: String { document.label ?? document.name }
    package var labelPlural: String { document.labelPlural ?? label + "s" }
    package var isCustom: Bool { name.hasSuffix("__c") }

    /// Field names are case-insensitive, as everywhere in Salesforce.
    package func field(_ name: some StringProtocol) -> FieldSchema? { fieldsByName[name.lowercased()] }

    /// The field of this name that the user may not see.
    package func hiddenField(_ name: some StringProtocol) -> FieldSchema? {
        guard visibleFields.count < fields.count else { return nil }
        return fields.first { $0.isHidden && $0.name.lowercased() == name.lowercased() }
    }

    package var isInBulk: Bool { document.bulk ?? true }
    package var isInRecordCount: Bool { document.recordCount ?? true }
    package var isCreateable: Bool { document.createable ?? document.describe?.createable ?? true }
    package var isUpdateable: Bool { document.updateable ?? document.describe?.updateable ?? true }
    package var isDeletable: Bool { document.deletable ?? document.describe?.deletable ?? true }

    /// The reference field behind a relationship name such as `Account` or `Account__r`.
    package func relationship(_ name: some StringProtocol) -> FieldSchema? { fieldsByRelationship[name.lowercased()] }
}
