import Catalog
import Foundation
import MappedSchema

extension Mapping {
    /// The table's shape as the last load settled it; nil before the first.
    var shape: TableSchema? { tableSchema.flatMap { try? JSONDecoder().decode(TableSchema.self, from: Data($0.utf8)) } }
}
