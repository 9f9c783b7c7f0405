/// What can be done with the object, where the schema file does not say it.
extension ObjectSchema {
    private var flags: ObjectFlags? { document.describe }

    var isUndeletable: Bool { flags?.undeletable ?? true }
    var isQueryable: Bool { flags?.queryable ?? true }
    var isReplicateable: Bool { flags?.replicateable ?? true }
    var isRetrieveable: Bool { flags?.retrieveable ?? true }
    var isSearchable: Bool { flags?.searchable ?? true }
    var isTriggerable: Bool { flags?.triggerable ?? true }
    var isLayoutable: Bool { flags?.layoutable ?? true }
    var isCompactLayoutable: Bool { flags?.compactLayoutable ?? true }
    var isSearchLayoutable: Bool { flags?.searchLayoutable ?? true }
    var isFeedEnabled: Bool { flags?.feedEnabled ?? !isCustom }
    var isMergeable: Bool { flags?.mergeable ?? false }
    var isMRUEnabled: Bool { flags?.mruEnabled ?? true }
    var isDeepCloneable: Bool { flags?.deepCloneable ?? false }
    var isCustomSetting: Bool { flags?.customSetting ?? false }
    var hasRecordTypes: Bool { flags?.recordTypes ?? isLayoutable }
}
