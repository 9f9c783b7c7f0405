/// Writes describes: the short entry of the global list, and the whole of one object.
struct ObjectDescribe {
    let object: ObjectSchema
    let schema: OrgSchema
    /// `/services/data/v60.0`
    let base: String
    let instanceURL: String

    private var path: String { "\(base)/sobjects/\(object.name)" }

    /// The 28 keys of a global entry.
    func writeEntry(_ json: inout JSONWriter) {
        json.object { json in
            json.field("activateable", false)
            json.fieldNull("associateEntityType")
            json.fieldNull("associateParentEntity")
            json.field("createable", true)
            json.field("custom", object.isCustom)
            json.field("customSetting", false)
            json.field("deepCloneable", false)
            json.field("deletable", true)
            json.field("deprecatedAndHidden", false)
            json.field("feedEnabled", !object.isCustom)
            json.field("hasSubtypes", false)
            json.field("isInterface", false)
            json.field("isSubtype", false)
            naming(&json)
            json.field("layoutable", true)
            json.field("mergeable", ["Account", "Contact", "Lead", "Case"].contains(object.name))
            json.field("mruEnabled", true)
            json.field("name", object.name)
            json.field("queryable", true)
            json.field("replicateable", true)
            json.field("retrieveable", true)
            json.field("searchable", true)
            json.field("triggerable", true)
            json.field("undeletable", true)
            json.field("updateable", true)
            urls(&json, full: false)
        }
    }

    private func naming(_ json: inout JSONWriter) {
        json.field("keyPrefix", object.document.keyPrefix)
        json.field("label", object.label)
        json.field("labelPlural", object.labelPlural)
    }

    private func urls(_ json: inout JSONWriter, full: Bool) {
        json.fieldObject("urls") { json in
            json.field("compactLayouts", "\(path)/describe/compactLayouts")
            json.field("rowTemplate", "\(path)/{ID}")
            json.field("approvalLayouts", "\(path)/describe/approvalLayouts")
            if full {
                json.field("uiDetailTemplate", "\(instanceURL)/{ID}")
                json.field("uiEditTemplate", "\(instanceURL)/{ID}/e")
                json.field("uiNewRecord", "\(instanceURL)/\(object.document.keyPrefix)/e")
                json.field("defaultValues", "\(path)/defaultValues?recordTypeId&fields")
            }
            json.field("listviews", "\(path)/listviews")
            json.field("describe", "\(path)/describe")
            json.field("quickActions", "\(path)/quickActions")
            json.field("layouts", "\(path)/describe/layouts")
            json.field("sobject", path)
        }
    }

    func write(_ json: inout JSONWriter) {
        json.object { json in
            json.fieldArray("actionOverrides") { _ in }
            json.field("activateable", false)
            json.fieldNull("associateEntityType")
            json.fieldNull("associateParentEntity")
            childRelationships(&json)
            json.field("compactLayoutable", true)
            json.field("createable", true)
            json.field("custom", object.isCustom)
            json.field("customSetting", false)
            json.field("deepCloneable", false)
            json.fieldNull("defaultImplementation")
            json.field("deletable", true)
            json.field("deprecatedAndHidden", false)
            json.fieldNull("extendedBy")
            json.fieldNull("extendsInterfaces")
            json.field("feedEnabled", !object.isCustom)
            json.fieldArray("fields") { json in
                for field in object.visibleFields { FieldDescribe(field: field, schema: schema).write(&json) }
            }
            json.field("hasSubtypes", false)
            json.fieldNull("implementedBy")
            json.fieldNull("implementsInterfaces")
            json.field("isInterface", false)
            json.field("isSubtype", false)
            naming(&json)
            json.field("layoutable", true)
            json.fieldNull("listviewable")
            json.fieldNull("lookupLayoutable")
            json.field("mergeable", ["Account", "Contact", "Lead", "Case"].contains(object.name))
            json.field("mruEnabled", true)
            json.field("name", object.name)
            json.fieldArray("namedLayoutInfos") { _ in }
            json.fieldNull("networkScopeFieldName")
            json.field("queryable", true)
            recordTypes(&json)
            json.field("replicateable", true)
            json.field("retrieveable", true)
            json.fieldNull("searchLayoutable")
            json.field("searchable", true)
            json.fieldNull("sobjectDescribeOption")
            json.fieldArray("supportedScopes") { json in
                json.object { json in
                    json.field("label", "All \(object.labelPlural.lowercased())")
                    json.field("name", "everything")
                }
                json.object { json in
                    json.field("label", "My \(object.labelPlural.lowercased())")
                    json.field("name", "mine")
                }
            }
            json.field("triggerable", true)
            json.field("undeletable", true)
            json.field("updateable", true)
            urls(&json, full: true)
        }
    }

    private func childRelationships(_ json: inout JSONWriter) {
        json.fieldArray("childRelationships") { json in
            for child in schema.objects {
                for field in child.fields where field.targets.contains(object.index) {
                    json.object { json in
                        json.field("cascadeDelete", false)
                        json.field("childSObject", child.name)
                        json.field("deprecatedAndHidden", false)
                        json.field("field", field.name)
                        json.fieldArray("junctionIdListNames") { _ in }
                        json.fieldArray("junctionReferenceTo") { _ in }
                        json.field("relationshipName", field.document.childRelationshipName)
                        json.field("restrictedDelete", false)
                    }
                }
            }
        }
    }

    private func recordTypes(_ json: inout JSONWriter) {
        json.fieldArray("recordTypeInfos") { json in
            json.object { json in
                json.field("active", true)
                json.field("available", true)
                json.field("defaultRecordTypeMapping", true)
                json.field("developerName", "Master")
                json.field("master", true)
                json.field("name", "Master")
                json.field("recordTypeId", "012000000000000AAA")
                json.fieldObject("urls") { json in json.field("layout", "\(path)/describe/layouts/012000000000000AAA") }
            }
        }
    }
}
