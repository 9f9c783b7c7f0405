import LoggedChanges
import MappedSchema
import Salesforce

/// Records whose changes are refused for unique values that they have of each other, in a circle: rows that were restored from before they exchanged
/// them, say, of which the log does not tell what their records have. No order writes them; once one of the records has no value, the others follow one
/// by one. A value without I/O.
struct ValueExchange: Sendable {
    /// Of records of this run, those that have the values which they were refused.
    private var holders: [String: String] = [:]
    /// Refusals of changes whose records are being cleared.
    private var refusals: [Int64: ChangeResult] = [:]

    /// Notes that a change is refused for a value which another record is about to give up.
    ///
    /// - Parameters:
    ///   - refused: the refusal; its record is the change's.
    ///   - holder: the other record's id, of 15 or 18 characters.
    /// - Returns: what takes the value from the change's own record, where that closes a circle.
    mutating func release(_ refused: ChangeResult, heldBy holder: String, in table: TableSchema?) -> WriteRequest? {
        guard let table, let id = refused.sfid.flatMap({ SalesforceID($0) }) else { return nil }
        let own = WriteKeys.short(id.text)
        holders[own] = WriteKeys.short(holder)
        guard closesCircle(own) else { return nil }
        let fields = Self.fields(refused, of: table)
        guard !fields.isEmpty else { return nil }
        holders[own] = nil
        refusals[refused.change.id] = refused
        return WriteRequest(change: refused.change, operation: .update(id), fields: fields.map { RecordWrite.Field($0, .null) })
    }

    /// Takes out of an outcome the results of changes whose records were to be cleared: where that was done, the change is tried again.
    ///
    /// - Returns: what changes were refused for whose records Salesforce does not clear.
    mutating func conclude(_ outcome: inout WriteCall.Outcome) -> [ChangeResult] {
        guard !refusals.isEmpty else { return [] }
        var (results, final): ([ChangeResult], [ChangeResult]) = ([], [])
        for result in outcome.results {
            guard let refused = refusals.removeValue(forKey: result.change.id) else {
                results.append(result)
                continue
            }
            if result.logState == "SUCCESS" {
                outcome.postponed.append(result.change)
                outcome.reason = outcome.reason ?? refused.message
            } else {
                final.append(refused)
            }
        }
        outcome.results = results
        return final
    }

    private func closesCircle(_ own: String) -> Bool {
        var (record, seen): (String, Set<String>) = (own, [])
        while let holder = holders[record], seen.insert(holder).inserted {
            if holder == own { return true }
            record = holder
        }
        return false
    }

    /// The unique fields that the change gives values to and that the refusal names, or all of them where it names none.
    private static func fields(_ refused: ChangeResult, of table: TableSchema) -> [String] {
        let given = table.columns.filter {
            table.uniqueColumns.contains($0.name) && $0.isUpdateable && refused.change.values.keys.contains($0.name)
        }
        .map(\.field)
        let named = given.filter { refused.message?.contains($0) ?? false }
        return named.isEmpty ? given : named
    }
}
