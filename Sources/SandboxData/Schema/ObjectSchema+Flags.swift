/// What can be done with the object, where the schema file does not say it.
extension ObjectSchema {
    private var flags: ObjectFlags? { document.describe }

    package var isUndeletable: Bool { flags?.undeletable ?? true }
    package var isQueryable: Bool { flags?.queryable ?? true }
    package var isReplicateable: Bool { flags?.replicateable ?? true }
    package var isRetrieveable: Bool { flags?.retrieveable ?? true }
    package var isSearchable: Bool { flags?.searchable ?? true }
    package var isTriggerable: Bool { flags?.triggerable ?? true }
    package var isLayoutable: Bool { flags?.layoutable ?? true }
    package var isCompactLayoutable: Bool { flags?.compactLayoutable ?? true }
    package var isSearchLayoutable: Bool { flags?.searchLayoutable ?? true }
    package var isFeedEnabled: Bool { flags?.feedEnabled ?? !isCustom }
    package var isMergeable: Bool { flags?.mergeable ?? false }
    package var isMRUEnabled: Bool { flags?.mruEnabled ?? true }
    package var isDeepCloneable: Bool { flags?.deepCloneable ?? false }
    package var isCustomSetting: Bool { flags?.customSetting ?? false }
    package var hasRecordTypes: Bool { flags?.recordTypes ?? isLayoutable }
}
