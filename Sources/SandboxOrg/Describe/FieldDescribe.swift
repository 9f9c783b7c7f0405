/// Writes one field of a describe, with all the keys of a real one.
struct FieldDescribe {
    let field: FieldSchema
    let schema: OrgSchema

    private var isText: Bool { field.type.isText }
    private var isReference: Bool { field.type == .reference }

    private var defaultValue: String? { field.document.defaultValue }

    func write(_ json: inout JSONWriter) {
        json.object { json in
            json.field("aggregatable", field.isFilterable && field.type != .boolean)
            json.field("aiPredictionField", false)
            json.field("autoNumber", field.isAutoNumber)
            json.field("byteLength", isText ? field.length * 3 : field.length)
            json.field("calculated", field.isCalculated && !field.isStandardName)
            json.field("calculatedFormula", field.document.formula?.text)
            json.field("cascadeDelete", false)
            json.field("caseSensitive", false)
            json.field("compoundFieldName", compoundFieldName)
            json.fieldNull("controllerName")
            json.field("createable", field.isCreateable)
            json.field("custom", field.isCustom)
            json.key("defaultValue")
            if field.type == .boolean { json.value(false) } else { json.null() }
            json.fieldNull("defaultValueFormula")
            json.field("defaultedOnCreate", field.isDefaultedOnCreate)
            json.field("dependentPicklist", false)
            json.field("deprecatedAndHidden", false)
            json.field("digits", field.type == .int ? 8 : 0)
            json.field("displayLocationInDecimal", false)
            json.field("encrypted", false)
            json.field("externalId", field.isExternalID)
            json.field("extraTypeInfo", field.document.extraTypeInfo)
            json.field("filterable", field.isFilterable)
            json.fieldNull("filteredLookupInfo")
            json.field("formulaTreatNullNumberAsZero", false)
            json.field("groupable", field.isFilterable && field.type != .datetime && !field.type.isNumber)
            json.field("highScaleNumber", false)
            json.field("htmlFormatted", field.document.htmlFormatted ?? false)
            json.field("idLookup", field.isLookupKey || field.type == .id)
            json.field("inlineHelpText", field.document.inlineHelpText)
            json.field("label", field.label)
            json.field("length", field.length)
            json.fieldNull("mask")
            json.fieldNull("maskType")
            json.field("name", field.name)
            json.field("nameField", field.document.nameField ?? false)
            json.field("namePointing", false)
            json.field("nillable", field.isNillable)
            json.field("permissionable", field.isNillable && field.isWritable)
            picklist(&json)
            json.field("polymorphicForeignKey", field.targets.count > 1)
            json.field("precision", field.type.isNumber ? field.precision : 0)
            json.field("queryByDistance", false)
            json.fieldNull("referenceTargetField")
            json.fieldArray("referenceTo") { json in
                for target in field.targets { json.value(schema.objects[target].name) }
            }
            json.field("relationshipName", field.relationshipName)
            json.fieldNull("relationshipOrder")
            json.field("restrictedDelete", false)
            json.field("restrictedPicklist", field.document.restrictedPicklist ?? false)
            json.field("scale", field.scale)
            json.field("searchPrefilterable", isReference)
            json.field("soapType", field.type.soapType)
            json.field("sortable", field.isFilterable && field.type != .multipicklist)
            json.field("type", field.type.rawValue)
            json.field("unique", field.isUnique)
            json.field("updateable", field.isUpdateable)
            json.field("writeRequiresMasterRead", false)
        }
    }

    /// The name field of an object with a plain name points at itself, as recorded.
    private var compoundFieldName: String? {
        if let name = field.document.compoundFieldName { return name }
        return field.document.extraTypeInfo == "switchablepersonname" ? field.name : nil
    }

    private func picklist(_ json: inout JSONWriter) {
        json.fieldArray("picklistValues") { json in
            for value in field.document.picklistValues ?? [] {
                json.object { json in
                    json.field("active", true)
                    json.field("defaultValue", value == defaultValue)
                    json.field("label", value)
                    json.fieldNull("validFor")
                    json.field("value", value)
                }
            }
        }
    }
}

extension FieldSchema {
    /// A standard compound name is made from its parts too, but describe does not call it a formula.
    var isStandardName: Bool {
        if case .formula(.join) = role { !isCustom } else { false }
    }
}
