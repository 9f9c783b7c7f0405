import SandboxBytes
import SandboxData
import SandboxQuery
import SandboxStore

/// Writes describes: the short entry of the global list, and the whole of one object.
struct ObjectDescribeWriter {
    let object: ObjectSchema
    let schema: OrgSchema
    let version: Int
    let instanceURL: String
    /// The org's record types, which only the whole describe tells of.
    var recordTypes: RowStore?

    private var path: String { "/services/data/v\(version).0/sobjects/\(object.name)" }

    /// Keys that came with later versions; recorded without them at 48, and with them at 52 and later.
    private var hasAssociations: Bool { version >= 50 }
    private var hasDescribeOption: Bool { version >= 52 }

    /// The 28 keys of a global entry.
    func writeEntry(_ json: inout JSONWriter) {
        json.object { json in
            json.field("activateable", false)
            associations(&json)
            json.field("createable", object.isCreateable)
            json.field("custom", object.isCustom)
            json.field("customSetting", object.isCustomSetting)
            json.field("deepCloneable", object.isDeepCloneable)
            json.field("deletable", object.isDeletable)
            json.field("deprecatedAndHidden", false)
            json.field("feedEnabled", object.isFeedEnabled)
            json.field("hasSubtypes", false)
            json.field("isInterface", false)
            json.field("isSubtype", false)
            naming(&json)
            json.field("layoutable", object.isLayoutable)
            json.field("mergeable", object.isMergeable)
            json.field("mruEnabled", object.isMRUEnabled)
            json.field("name", object.name)
            json.field("queryable", object.isQueryable)
            json.field("replicateable", object.isReplicateable)
            json.field("retrieveable", object.isRetrieveable)
            json.field("searchable", object.isSearchable)
            json.field("triggerable", object.isTriggerable)
            json.field("undeletable", object.isUndeletable)
            json.field("updateable", object.isUpdateable)
            ObjectResources(object: object, path: path, version: version).write(&json, instanceURL: nil)
        }
    }

    private func associations(_ json: inout JSONWriter) {
        guard hasAssociations else { return }
        json.fieldNull("associateEntityType")
        json.fieldNull("associateParentEntity")
    }

    private func naming(_ json: inout JSONWriter) {
        json.field("keyPrefix", object.document.keyPrefix)
        json.field("label", object.label)
        json.field("labelPlural", object.labelPlural)
    }

    func write(_ json: inout JSONWriter) {
        json.object { json in
            json.fieldArray("actionOverrides") { _ in }
            json.field("activateable", false)
            associations(&json)
            childRelationships(&json)
            json.field("compactLayoutable", object.isCompactLayoutable)
            json.field("createable", object.isCreateable)
            json.field("custom", object.isCustom)
            json.field("customSetting", object.isCustomSetting)
            json.field("deepCloneable", object.isDeepCloneable)
            json.fieldNull("defaultImplementation")
            json.field("deletable", object.isDeletable)
            json.field("deprecatedAndHidden", false)
            json.fieldNull("extendedBy")
            json.fieldNull("extendsInterfaces")
            json.field("feedEnabled", object.isFeedEnabled)
            json.fieldArray("fields") { json in
                for field in object.visibleFields { FieldDescribeWriter(field: field, schema: schema).write(&json) }
            }
            json.field("hasSubtypes", false)
            json.fieldNull("implementedBy")
            json.fieldNull("implementsInterfaces")
            json.field("isInterface", false)
            json.field("isSubtype", false)
            naming(&json)
            json.field("layoutable", object.isLayoutable)
            json.fieldNull("listviewable")
            json.fieldNull("lookupLayoutable")
            json.field("mergeable", object.isMergeable)
            json.field("mruEnabled", object.isMRUEnabled)
            json.field("name", object.name)
            json.fieldArray("namedLayoutInfos") { _ in }
            json.fieldNull("networkScopeFieldName")
            json.field("queryable", object.isQueryable)
            RecordTypeInfos(object: object, schema: schema, types: recordTypes, path: path).write(&json)
            json.field("replicateable", object.isReplicateable)
            json.field("retrieveable", object.isRetrieveable)
            json.field("searchLayoutable", object.isSearchLayoutable)
            json.field("searchable", object.isSearchable)
            if hasDescribeOption { json.field("sobjectDescribeOption", "FULL") }
            scopes(&json)
            json.field("triggerable", object.isTriggerable)
            json.field("undeletable", object.isUndeletable)
            json.field("updateable", object.isUpdateable)
            ObjectResources(object: object, path: path, version: version).write(&json, instanceURL: instanceURL)
        }
    }

    private func scopes(_ json: inout JSONWriter) {
        let scopes = QueryScopes(object: object)
        json.fieldArray("supportedScopes") { json in
            for name in scopes.names(in: version) {
                json.object { json in
                    json.field("label", scopes.label(name))
                    json.field("name", name)
                }
            }
        }
    }

    private func childRelationships(_ json: inout JSONWriter) {
        json.fieldArray("childRelationships") { json in
            for child in schema.objects {
                for field in child.fields where field.targets.contains(object.index) {
                    json.object { json in
                        json.field("cascadeDelete", field.document.cascadeDelete ?? (field.parentDeletion == .cascade))
                        json.field("childSObject", child.name)
                        json.field("deprecatedAndHidden", false)
                        json.field("field", field.name)
                        json.fieldArray("junctionIdListNames") { _ in }
                        json.fieldArray("junctionReferenceTo") { _ in }
                        json.field("relationshipName", field.document.childRelationshipName)
                        json.field("restrictedDelete", field.document.restrictedDelete ?? (field.parentDeletion == .restrict))
                    }
                }
            }
        }
    }
}
