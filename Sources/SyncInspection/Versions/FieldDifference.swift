import MappedSchema
import Salesforce

/// What another API version says differently of one mapped field. A value without I/O.
enum FieldDifference: Sendable, Hashable {
    /// It is there no more.
    case removed
    /// It is of another type.
    case type
    /// It holds longer texts: its column is widened by the next load.
    case longer
    /// It holds shorter texts.
    case shorter
    /// Its digits or its parents are others.
    case definition

    /// Whether the table can follow by itself: only a column that grows.
    var isSafe: Bool { self == .longer }

    /// What differs; nil when nothing does that a column would notice.
    static func between(_ old: FieldDescribe, _ new: FieldDescribe?) -> FieldDifference? {
        guard let new else { return .removed }
        if old.type.lowercased() != new.type.lowercased() { return .type }
        if old.length != new.length { return old.length < new.length ? .longer : .shorter }
        let isSame =
            old.precision == new.precision && old.scale == new.scale && old.digits == new.digits
            && Set(old.referenceTo).isSubset(of: new.referenceTo)
        return isSame ? nil : .definition
    }

    /// What the column that there is cannot hold of the field; nil when it holds all.
    static func between(_ column: ColumnType, _ new: FieldDescribe?) -> FieldDifference? {
        guard let new, let type = ColumnType.of(salesforceType: new.type.lowercased(), length: new.length) else { return .removed }
        if column.holds(type) { return nil }
        return column.canWiden(to: type) ? .longer : .type
    }
}
