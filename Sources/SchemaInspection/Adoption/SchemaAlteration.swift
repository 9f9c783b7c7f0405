/// One thing that an adoption makes or changes in a schema, with what it takes to take it back.
package enum SchemaAlteration: Sendable, Hashable, Codable {
    case madeSchema(String)
    case madeExtension(String)
    case madeTable(String)
    case addedColumn(table: String, column: String, type: String)
    case widenedColumn(table: String, column: String, from: String, to: String)
    case madeFunction(String)
    case replacedFunction(String, previous: String)
    case madeTrigger(table: String, name: String)
    case madeIndex(table: String, name: String)
    /// The owner that the schema records, and what its record was before; both are nil where there was no record.
    case recordedOwner(details: String?, organizationID: String?, existed: Bool)

    /// For people, as an order: a plan lists what is to be done, a report what was, or was undone.
    package var text: String {
        switch self {
        case .madeSchema(let name): "make the schema \(name)"
        case .madeExtension(let name): "make the extension \(name)"
        case .madeTable(let name): "make the table \(name)"
        case .addedColumn(let table, let column, let type): "add the column \(table).\(column) \(type)"
        case .widenedColumn(let table, let column, let from, let to): "widen the column \(table).\(column) from \(from) to \(to)"
        case .madeFunction(let name): "make the function \(name)"
        case .replacedFunction(let name, _): "replace the function \(name) by one that does the same; the old one is kept to be put back"
        case .madeTrigger(let table, let name): "make the trigger \(name) on \(table)"
        case .madeIndex(let table, let name): "make the index \(name) on \(table)"
        case .recordedOwner: "record the connection as the schema's owner in _hcmeta.details"
        }
    }

    /// Whether taking the adoption back leaves it in place, and why; nil when it is taken back.
    package var remains: String? {
        switch self {
        case .madeSchema(let name): "the schema \(name), which holds nothing of the mapped schema"
        case .madeExtension(let name): "the extension \(name), which others may use by now"
        case .widenedColumn(let table, let column, _, let to):
            "the type \(to) of \(table).\(column), whose values may no longer fit the old one"
        case .madeFunction(let name) where name.hasPrefix("public."): "the function \(name), which others may use by now"
        default: nil
        }
    }
}
