import Catalog
import Salesforce

/// Whether an object of the org can be mapped, and what a mapping of it cannot do. A decision over what the global describe says of it.
struct ObjectSupport: Sendable, Equatable {
    /// Why it cannot be mapped; nil when it can.
    let reason: String?
    /// What does not work as with other objects.
    let limits: [String]

    init(_ object: ObjectSummary) {
        reason = Self.reason(object)
        var limits: [String] = []
        if !object.createable && !object.updateable {
            limits.append("Salesforce takes no changes of it: only read-only mappings make sense")
        }
        if !object.replicateable {
            limits.append("its deletions are in no delete log: rows of hard-deleted records stay until the next reload")
        }
        if object.name == "Attachment" || object.name == "LeadHistory" {
            limits.append("the Bulk API does not read it: more changes than the large query threshold between two polls are not read")
        }
        self.limits = limits
    }

    private static func reason(_ object: ObjectSummary) -> String? {
        if !object.queryable { return "Salesforce does not let it be queried" }
        if object.deprecatedAndHidden { return "Salesforce has retired it" }
        if object.name.hasSuffix("__kav") || object.name == "KnowledgeArticleVersion" {
            return "knowledge articles are queried by publish status only, which a mapping does not have"
        }
        if object.name.hasSuffix("__b") { return "big objects are queried by their index only" }
        if object.name.hasSuffix("__x") { return "external objects have no SystemModstamp to be polled by, and live elsewhere" }
        if object.name.hasSuffix("ChangeEvent") || object.name.hasSuffix("__e") { return "events are not records" }
        if filtered.contains(object.name) {
            return "Salesforce lets it be queried with certain filters only, which a mapping does not have"
        }
        return nil
    }

    /// Objects whose reference pages say that a query must filter by certain fields
    /// (https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_list.htm).
    private static let filtered: Set<String> = [
        "ContentDocumentLink", "ContentFolderItem", "ContentFolderMember", "ContentHubItem", "DataStatistics", "EntityParticle",
        "FieldDefinition",
        "EntityDefinition", "FlexQueueItem", "IdeaComment", "ListViewChartInstance", "OwnerChangeOptionInfo", "PicklistValueInfo",
        "PlatformAction", "RelationshipDomain", "RelationshipInfo", "SearchLayout", "SiteDetail", "UserEntityAccess", "UserFieldAccess",
        "UserRecordAccess", "Vote", "ColorDefinition", "IconDefinition", "TabDefinition",
    ]

    /// The object as the API tells it.
    func document(_ object: ObjectSummary) -> JSONValue {
        [
            "name": .string(object.name), "label": .string(object.label), "custom": .bool(object.custom), "supported": .bool(reason == nil),
            "reason": .optional(reason), "limits": .array(limits.map { .string($0) }),
            "writable": .bool(reason == nil && (object.createable || object.updateable)),
        ]
    }
}
