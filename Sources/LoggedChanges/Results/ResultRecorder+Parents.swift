import MappedSchema
import Postgres

// Parents that changes were sent without, since those could not be there before them.
extension ResultRecorder {
    /// Has such parents follow as updates of their own, but where a later change of the row names another by the same lookup: that has the last word.
    func captureLeftOut(_ results: [ChangeResult], rows: [Int64: Int64], in session: PostgresSession) throws {
        let made = results.filter { $0.logState == "SUCCESS" && !$0.change.leftOut.isEmpty && rows[$0.change.id] != nil }
        guard !made.isEmpty else { return }
        let later = try later(than: made, in: session)
        var waiting: [[String]: [Int64]] = [:]
        for result in made {
            guard let row = rows[result.change.id] else { continue }
            let changes = (later[result.change.recordID] ?? []).filter {
                $0.id > result.change.id && $0.later.action == .update && !result.change.merged.contains($0.id)
            }
            let said = Set(changes.flatMap { $0.later.values.keys })
            let columns = result.change.leftOut.filter { said.isDisjoint(with: table.columns(ofLookup: $0)) }
            if !columns.isEmpty { waiting[columns, default: []].append(row) }
        }
        for (columns, rows) in waiting { try log.capture(rows: rows, columns: columns, table, in: session) }
    }
}

extension TableSchema {
    /// The columns that set the same lookup as one of them.
    fileprivate func columns(ofLookup column: String) -> Set<String> {
        guard let lookup = columns.first(where: { $0.name == column })?.lookup else { return [column] }
        return Set(columns.filter { $0.lookup == lookup }.map(\.name))
    }
}
