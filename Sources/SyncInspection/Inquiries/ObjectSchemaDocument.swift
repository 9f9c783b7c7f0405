import Catalog
import MappedSchema
import Salesforce

/// An object as clients of the API read it (`schemas/<Object>`): Salesforce's own describe by its own keys, and of each field whether a record
/// cannot be made without it (`required`, which Heroku's CLI of 2016 reads), which column it becomes, or why it becomes none.
enum ObjectSchemaDocument {
    static func make(_ object: ObjectDescribe) -> JSONValue {
        [
            "name": .string(object.name), "label": .string(object.label), "keyPrefix": .optional(object.keyPrefix),
            "custom": .bool(object.custom), "createable": .bool(object.createable), "updateable": .bool(object.updateable),
            "deletable": .bool(object.deletable), "queryable": .bool(object.queryable), "replicateable": .bool(object.replicateable),
            "deprecatedAndHidden": .bool(object.deprecatedAndHidden), "fields": .array(object.fields.map(field)),
        ]
    }

    private static func field(_ field: FieldDescribe) -> JSONValue {
        let type = ColumnType.of(salesforceType: field.type.lowercased(), length: field.length)
        return [
            "name": .string(field.name), "label": .string(field.label), "type": .string(field.type),
            "soapType": .optional(field.soapType), "length": .integer(field.length), "precision": .integer(field.precision),
            "scale": .integer(field.scale), "digits": .integer(field.digits), "nillable": .bool(field.nillable),
            "unique": .bool(field.unique), "caseSensitive": optional(field.caseSensitive), "externalId": .bool(field.externalId),
            "idLookup": .bool(field.idLookup), "createable": .bool(field.createable), "updateable": .bool(field.updateable),
            "calculated": .bool(field.calculated), "autoNumber": .bool(field.autoNumber),
            "defaultedOnCreate": .bool(field.defaultedOnCreate),
            "custom": .bool(field.custom), "deprecatedAndHidden": .bool(field.deprecatedAndHidden),
            "filterable": optional(field.filterable),
            "encrypted": optional(field.encrypted), "referenceTo": .array(field.referenceTo.map { .string($0) }),
            "relationshipName": .optional(field.relationshipName), "polymorphicForeignKey": optional(field.polymorphicForeignKey),
            "compoundFieldName": .optional(field.compoundFieldName), "extraTypeInfo": .optional(field.extraTypeInfo),
            "required": .bool(field.isRequiredOnCreate),
            "column_name": type == nil ? .null : .string(SalesforceName.column(ofField: field.name)), "column_type": .optional(type?.sql),
            "unmappable_because": .optional(type == nil ? reason(field) : nil),
        ]
    }

    private static func reason(_ field: FieldDescribe) -> String {
        field.isCompound
            ? "a field of type \(field.type) is made of others: map its components"
            : "fields of type \(field.type) cannot be read in bulk"
    }

    private static func optional(_ value: Bool?) -> JSONValue { value.map { .bool($0) } ?? .null }
}
