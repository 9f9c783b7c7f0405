import SandboxBytes
import SandboxData
import SandboxQuery
import SandboxStore

/// Writes one field of a describe, with all the keys of a real one.
struct FieldDescribeWriter {
    let field: FieldSchema
    let schema: OrgSchema

    private var flags: FieldFlags? { field.document.describe }
    private var isReference: Bool { field.type == .reference }
    private var defaultValue: String? { field.document.defaultValue }

    func write(_ json: inout JSONWriter) {
        json.object { json in
            json.field("aggregatable", field.isAggregatable)
            json.field("aiPredictionField", false)
            json.field("autoNumber", field.isAutoNumber)
            json.field("byteLength", field.byteLength)
            json.field("calculated", flags?.calculated ?? (field.isCalculated && field.isCustom))
            json.field("calculatedFormula", field.isCustom ? field.document.formula?.text ?? field.document.formula?.expression : nil)
            json.field("cascadeDelete", field.isMasterDetail)
            json.field("caseSensitive", field.isCaseSensitive)
            json.field("compoundFieldName", compoundFieldName)
            json.field("controllerName", flags?.controllerName)
            json.field("createable", field.isCreateable)
            json.field("custom", field.isCustom)
            json.key("defaultValue")
            if field.type == .boolean { json.value(defaultValue == "true") } else { json.value(defaultValue) }
            json.field("defaultValueFormula", flags?.defaultValueFormula)
            json.field("defaultedOnCreate", field.isDefaultedOnCreate)
            json.field("dependentPicklist", flags?.dependentPicklist ?? false)
            json.field("deprecatedAndHidden", false)
            json.field("digits", field.digits)
            json.field("displayLocationInDecimal", flags?.displayLocationInDecimal ?? (field.type == .location))
            json.field("encrypted", false)
            json.field("externalId", field.isExternalID)
            json.field("extraTypeInfo", field.document.extraTypeInfo)
            json.field("filterable", field.describesFilter)
            json.fieldNull("filteredLookupInfo")
            json.field("formulaTreatNullNumberAsZero", flags?.formulaTreatNullNumberAsZero ?? (field.isCalculated && field.isCustom))
            json.field("groupable", field.isGroupable)
            json.field("highScaleNumber", false)
            json.field("htmlFormatted", field.document.htmlFormatted ?? false)
            json.field("idLookup", field.isIDLookup)
            json.field("inlineHelpText", field.document.inlineHelpText)
            json.field("label", field.label)
            json.field("length", field.length)
            json.field("mask", flags?.mask ?? (field.type == .encryptedstring ? "asterisk" : nil))
            json.field("maskType", flags?.maskType ?? (field.type == .encryptedstring ? "lastFour" : nil))
            json.field("name", field.name)
            json.field("nameField", field.document.nameField ?? false)
            json.field("namePointing", flags?.namePointing ?? (field.targets.count > 1))
            json.field("nillable", field.isNillable)
            json.field("permissionable", field.isPermissionable)
            picklist(&json)
            json.field("polymorphicForeignKey", field.targets.count > 1)
            json.field("precision", field.type.isNumber ? field.precision : 0)
            json.field("queryByDistance", flags?.queryByDistance ?? field.isCompound)
            json.fieldNull("referenceTargetField")
            json.fieldArray("referenceTo") { json in
                for target in field.targets { json.value(schema.objects[target].name) }
            }
            json.field("relationshipName", field.relationshipName)
            json.field("relationshipOrder", flags?.relationshipOrder ?? (field.isMasterDetail ? 0 : nil))
            json.field("restrictedDelete", field.isCustom && field.parentDeletion == .restrict)
            json.field("restrictedPicklist", field.document.restrictedPicklist ?? false)
            json.field("scale", field.scale)
            json.field("searchPrefilterable", flags?.searchPrefilterable ?? (isReference && field.isCustom))
            json.field("soapType", field.type.soapType)
            json.field("sortable", field.isSortable)
            json.field("type", field.type.rawValue)
            json.field("unique", field.isUnique)
            json.field("updateable", field.isUpdateable)
            json.field("writeRequiresMasterRead", flags?.writeRequiresMasterRead ?? false)
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
