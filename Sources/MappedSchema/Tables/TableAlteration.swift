/// What `TargetTable.ensure` did to a table's columns.
package struct TableAlteration: Sendable, Equatable {
    package var created = false
    package var addedColumns: [String] = []
    package var widenedColumns: [String] = []
}
