/// One field, ready for use. A class so that plans can point at it without copying.
package final class FieldSchema: Sendable {
    /// Where a row's value comes from.
    package enum Role: Sendable {
        case id, isDeleted, createdDate, createdBy, modifiedDate, modifiedBy, modstamp
        /// Written by clients, or generated.
        case stored
        case autoNumber(prefix: String)
        case formula(Formula)
        /// Stored, and written by the org alone.
        case rollUp(RollUp)
        /// An address, shown from its components: JSON key and field index.
        case address([(key: String, field: Int)])
        /// The name of the row's object, which a polymorphic relationship shows as Type.
        case objectName
    }

    package let index: Int
    package let document: FieldDocument
    package let role: Role
    package let generator: FieldGenerator
    package let picklist: Set<String>
    /// Objects a reference may point at, by index.
    package let targets: [Int]
    /// Of a field that clients write until there are records below it.
    package let sumOfDetails: RollUp?
    /// An expression may read other records, which only a snapshot of all of them can show.
    package let isExpression: Bool
    /// What a record has that was made before the field was.
    package let absent: Value

    package init(
        index: Int, document: FieldDocument, role: Role, generator: FieldGenerator, targets: [Int], sumOfDetails: RollUp? = nil
    ) {
        self.index = index
        self.document = document
        self.role = role
        self.generator = generator
        self.targets = targets
        self.sumOfDetails = sumOfDetails
        self.isExpression = if case .formula(.expression) = role { true } else { false }
        self.absent = document.type == .boolean ? .bool(document.defaultValue == "true") : .null
        self.picklist = Set(document.picklistValues ?? [])
    }

    package var name: String { document.name }
    package var type: FieldType { document.type }
    package var label: String { document.label ?? Self.label(from: document.name) }
    package var isCustom: Bool { document.name.hasSuffix("__c") || document.name.hasSuffix("__s") }
    package var isUnique: Bool { document.unique ?? false }
    package var isExternalID: Bool { document.externalId ?? false }
    package var relationshipName: String? { document.relationshipName }

    package var isCalculated: Bool {
        switch role {
        case .formula, .rollUp: true
        default: false
        }
    }

    package var isRollUp: Bool {
        if case .rollUp = role { true } else { false }
    }

    package var isCaseSensitive: Bool { document.caseSensitive ?? false }
    package var isMasterDetail: Bool { document.masterDetail ?? false }
    /// As describe says, where the schema does not: a delete that is restricted cascades nowhere.
    package var parentDeletion: ParentDeletion {
        if isMasterDetail { return .cascade }
        if let said = document.whenParentIsDeleted { return said }
        if document.restrictedDelete ?? false { return .restrict }
        return document.cascadeDelete ?? false ? .cascade : .keep
    }
    /// Whether the user of the API sees the field at all.
    var isHidden: Bool { document.access == .hidden }

    package var isAutoNumber: Bool {
        if case .autoNumber = role { true } else { false }
    }

    package var isCompound: Bool { type == .address || type == .location }

    package var isWritable: Bool {
        switch role {
        case .stored: true
        default: false
        }
    }

    private var isEditable: Bool { isWritable && (document.access ?? .edit) == .edit }
    package var isCreateable: Bool { isEditable && document.createable ?? true }
    package var isUpdateable: Bool { isEditable && document.updateable ?? (!isMasterDetail || document.reparentable ?? false) }

    package var isNillable: Bool {
        if let nillable = document.nillable { return nillable }
        if isMasterDetail { return false }
        switch role {
        case .stored, .formula, .rollUp, .address: return type != .boolean
        default: return false
        }
    }

    package var isDefaultedOnCreate: Bool {
        if let defaulted = document.defaultedOnCreate { return defaulted }
        switch role {
        case .stored: return type == .boolean || document.defaultValue != nil || name == "OwnerId"
        case .formula, .rollUp, .address: return false
        default: return true
        }
    }

    /// A record cannot be created without it.
    package var isRequired: Bool { isCreateable && !isNillable && !isDefaultedOnCreate }

    /// Upserts, retrieves and parents may name a record by this field.
    package var isLookupKey: Bool { isExternalID || isUnique }

    package var length: Int {
        if let length = document.length { return length }
        switch type {
        case .id, .reference: return 18
        case .string, .textarea, .picklist, .url, .combobox: return 255
        case .multipicklist: return 4099
        case .phone: return 40
        case .email: return 80
        case .encryptedstring: return 175
        case .base64: return 26_214_400
        default: return 0
        }
    }

    package var scale: Int { document.scale ?? 0 }
    package var precision: Int { document.precision ?? (type.isNumber && type != .int ? 18 : 0) }

    /// Long text, files and encrypted texts can be selected but neither filtered nor sorted.
    package var isFilterable: Bool { describesFilter && !isCompound }

    /// `AnnualRevenue` → `Annual Revenue`
    private static func label(from name: String) -> String {
        var text = ""
        let plain = name.hasSuffix("__c") || name.hasSuffix("__s") ? String(name.dropLast(3)) : name
        for character in plain.replacing("_", with: " ") {
            if character.isUppercase, let last = text.last, last.isLowercase { text.append(" ") }
            text.append(character)
        }
        return text
    }
}
