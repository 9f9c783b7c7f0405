/// What describe says that can be done with the field, where the schema file does not say it.
extension FieldSchema {
    private var flags: FieldFlags? { document.describe }

    private var isLong: Bool { type == .textarea && length > 255 }

    /// As describe has it: addresses are filterable there, which means DISTANCE.
    package var describesFilter: Bool {
        flags?.filterable ?? hasFilterableType
    }

    private var hasFilterableType: Bool { !isLong && type != .base64 && type != .encryptedstring && type != .anyType }

    package var isSortable: Bool { flags?.sortable ?? (hasFilterableType && type != .multipicklist && !isCompound) }

    package var isAggregatable: Bool {
        flags?.aggregatable ?? (hasFilterableType && type != .multipicklist && type != .boolean && !isCompound)
    }

    package var isGroupable: Bool {
        if let flag = flags?.groupable { return flag }
        guard hasFilterableType, !isCompound, !isAutoNumber else { return false }
        switch type {
        case .double, .currency, .percent, .datetime, .time, .multipicklist, .combobox: return false
        default: return true
        }
    }

    package var isPermissionable: Bool {
        if let flag = flags?.permissionable { return flag }
        return isCustom ? isNillable || type == .boolean || isAutoNumber : isNillable && isWritable
    }

    package var isIDLookup: Bool { flags?.idLookup ?? (isLookupKey || type == .id) }

    package var digits: Int { flags?.digits ?? (type == .int ? 8 : 0) }

    package var byteLength: Int {
        if let length = flags?.byteLength { return length }
        guard type.isText, type != .base64, type != .anyType else { return length }
        return length * 3
    }
}
