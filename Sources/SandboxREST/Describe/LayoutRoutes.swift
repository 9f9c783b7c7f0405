import HTTPTypes
import SandboxBytes
package import SandboxData
package import SandboxHTTP
import SandboxQuery
package import SandboxStore

/// What the org shows its people: layouts, tabs and list views. One of each, made from the object's fields.
package struct LayoutRoutes: Sendable {
    package let org: Org
    package let instanceURL: @Sendable () -> String

    package init(org: Org, instanceURL: @escaping @Sendable () -> String) {
        self.org = org
        self.instanceURL = instanceURL
    }

    private static let masterRecordType = "012000000000000AAA"
    private static let layoutID = "00hSb0000000001"

    /// Below `/sobjects/X`; nil when the path is none of these.
    package func respond(_ object: ObjectSchema, _ call: APICall) -> Reply? {
        switch (call.count, call.word(2), call.word(3)) {
        case (4, "describe", "layouts"), (5, "describe", "layouts"): return layouts(object, isSingle: call.count == 5)
        case (4, "describe", "compactlayouts"): return compactLayouts(object, call)
        case (4, "describe", "approvallayouts"): return list("approvalLayouts")
        case (4, "describe", "namedlayouts"): return list("layouts")
        case (3, "listviews", _): return listViews(object, call)
        case (3, "quickactions", _): return Self.empty()
        case (3, "defaultvalues", _): return defaults(object)
        default: return nil
        }
    }

    private static func empty() -> Reply {
        var json = JSONWriter()
        json.array { _ in }
        return .json(json)
    }

    private func list(_ name: String) -> Reply {
        var json = JSONWriter()
        json.object { json in json.fieldArray(name) { _ in } }
        return .json(json)
    }

    private func layouts(_ object: ObjectSchema, isSingle: Bool) -> Reply {
        var json = JSONWriter(capacity: 65_536)
        func layout(_ json: inout JSONWriter) {
            json.object { json in
                json.fieldNull("buttonLayoutSection")
                section(object, of: "detailLayoutSections", to: &json)
                section(object, of: "editLayoutSections", to: &json)
                json.fieldNull("feedView")
                json.fieldNull("highlightsPanelLayoutSection")
                json.field("id", Self.layoutID)
                json.fieldArray("multirowEditLayoutSections") { _ in }
                json.fieldArray("offlineLinks") { _ in }
                json.fieldNull("quickActionList")
                json.fieldNull("relatedContent")
                json.fieldArray("relatedLists") { _ in }
                json.fieldArray("saveOptions") { _ in }
            }
        }
        guard !isSingle else {
            layout(&json)
            return .json(json)
        }
        json.object { json in
            json.fieldArray("layouts") { json in layout(&json) }
            json.fieldArray("recordTypeMappings") { json in
                json.object { json in
                    json.field("active", true)
                    json.field("available", true)
                    json.field("defaultRecordTypeMapping", true)
                    json.field("developerName", "Master")
                    json.field("layoutId", Self.layoutID)
                    json.field("master", true)
                    json.field("name", "Master")
                    json.fieldArray("picklistsForRecordType") { _ in }
                    json.field("recordTypeId", Self.masterRecordType)
                }
            }
            json.fieldArray("recordTypeSelectorRequired") { json in json.value(false) }
        }
        return .json(json)
    }

    private func section(_ object: ObjectSchema, of name: String, to json: inout JSONWriter) {
        json.fieldArray(name) { json in
            json.object { json in
                json.field("collapsed", false)
                json.field("columns", 1)
                json.field("heading", "\(object.label) Information")
                json.fieldArray("layoutRows") { json in
                    for field in object.visibleFields where !field.isCompound { row(field, to: &json) }
                }
                json.field("layoutSectionId", "01BSb0000000001")
                json.field("parentLayoutId", Self.layoutID)
                json.field("rows", object.visibleFields.count)
                json.field("tabOrder", "TopToBottom")
                json.field("useCollapsibleSection", false)
                json.field("useHeading", true)
            }
        }
    }

    private func row(_ field: FieldSchema, to json: inout JSONWriter) {
        json.object { json in
            json.fieldArray("layoutItems") { json in
                json.object { json in
                    json.field("editableForNew", field.isCreateable)
                    json.field("editableForUpdate", field.isUpdateable)
                    json.field("label", field.label)
                    json.fieldArray("layoutComponents") { json in
                        json.object { json in
                            json.key("details")
                            FieldDescribeWriter(field: field, schema: org.schema).write(&json)
                            json.field("displayLines", 1)
                            json.field("tabOrder", field.index)
                            json.field("type", "Field")
                            json.field("value", field.name)
                        }
                    }
                    json.field("placeholder", false)
                    json.field("required", field.isRequired)
                }
            }
            json.field("numItems", 1)
        }
    }

    private func compactLayouts(_ object: ObjectSchema, _ call: APICall) -> Reply {
        var json = JSONWriter()
        json.object { json in
            json.fieldArray("compactLayouts") { json in
                json.object { json in
                    json.fieldArray("actions") { _ in }
                    json.fieldArray("fieldItems") { _ in }
                    json.fieldNull("id")
                    json.fieldArray("imageItems") { _ in }
                    json.field("label", "System Default")
                    json.field("name", "SYSTEM")
                    json.field("objectType", object.name)
                }
            }
            json.fieldNull("defaultCompactLayoutId")
            json.fieldArray("recordTypeCompactLayoutMappings") { json in
                json.object { json in
                    json.field("available", true)
                    json.fieldNull("compactLayoutId")
                    json.field("compactLayoutName", "SYSTEM")
                    json.field("recordTypeId", Self.masterRecordType)
                    json.field("recordTypeName", "Master")
                }
            }
            json.fieldObject("urls") { json in json.field("primary", "\(call.base)/sobjects/\(object.name)/describe/compactLayouts/primary")
            }
        }
        return .json(json)
    }

    private func listViews(_ object: ObjectSchema, _ call: APICall) -> Reply {
        var json = JSONWriter()
        json.object { json in
            json.field("done", true)
            json.fieldArray("listviews") { _ in }
            json.fieldNull("nextRecordsUrl")
            json.field("size", 0)
            json.field("sobjectType", object.name)
        }
        return .json(json)
    }

    private func defaults(_ object: ObjectSchema) -> Reply {
        var json = JSONWriter()
        json.object { json in
            for field in object.visibleFields where field.isCreateable {
                if let text = field.document.defaultValue { json.field(field.name, text) }
            }
        }
        return .json(json)
    }

    /// `/tabs`: one for each object.
    package func tabs(_ call: APICall) -> Reply {
        var json = JSONWriter(capacity: 16_384)
        json.array { json in
            for object in org.schema.objects {
                json.object { json in
                    json.fieldArray("colors") { _ in }
                    json.field("custom", object.isCustom)
                    json.field("iconUrl", "\(instanceURL())/img/icon/\(object.name.lowercased())32.png")
                    json.fieldArray("icons") { _ in }
                    json.field("label", object.labelPlural)
                    json.field("miniIconUrl", "\(instanceURL())/img/icon/\(object.name.lowercased())16.png")
                    json.field("mobileUrl", "/\(object.document.keyPrefix)/o")
                    json.field("name", "standard-\(object.name)")
                    json.field("sobjectName", object.name)
                    json.field("url", "\(instanceURL())/\(object.document.keyPrefix)/o")
                }
            }
        }
        return .json(json)
    }
}
