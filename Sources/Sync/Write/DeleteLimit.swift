import Catalog
import Foundation
import MappedSchema

/// How many deletes may still go out. A value without I/O.
///
/// Once the limit is met, all further deletes wait until a person lets them go (`CatalogStore.allowDeletes`): what deletes by mistake does not go on
/// with the next hour.
struct DeleteLimit: Sendable, Equatable {
    /// Deletes in an hour; nil is any number.
    let perHour: Int?
    /// Rows of the log up to this one go out whatever the limit.
    let allowedThrough: Int64
    private(set) var left: Int
    /// Deletes that wait for a person, by table.
    private(set) var stopped: [String: Int] = [:]

    static let none = DeleteLimit(perHour: nil, allowedThrough: 0, used: 0, isStopped: false)

    /// - Parameters:
    ///   - used: deletes in the last hour.
    ///   - isStopped: whether deletes wait for a person already.
    init(perHour: Int?, allowedThrough: Int64, used: Int, isStopped: Bool) {
        self.perHour = perHour
        self.allowedThrough = allowedThrough
        left = isStopped ? 0 : max((perHour ?? 0) - used, 0)
    }

    /// Takes out of a batch what may not go.
    ///
    /// - Returns: the changes that wait.
    mutating func hold(_ batch: inout WriteFlow.Batch) -> [Change] {
        guard perHour != nil, batch.action == .delete else { return [] }
        var held: [Change] = []
        batch.changes.removeAll { change in
            guard change.id > allowedThrough else { return false }
            guard left > 0 else {
                held.append(change)
                return true
            }
            left -= 1
            return false
        }
        if !held.isEmpty {
            left = 0
            stopped[batch.table, default: 0] += held.count
        }
        return held
    }
}
