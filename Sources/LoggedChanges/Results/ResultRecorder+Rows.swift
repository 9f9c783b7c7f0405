import MappedSchema
import Postgres

// Which rows results are about.
extension ResultRecorder {
    /// The rows that the results are about, by the change's id, locked.
    func rows(
        of results: [ChangeResult], in session: PostgresSession
    ) throws -> (rows: [Int64: Int64], states: [Int64: String]) {
        let marking = results.filter { !$0.rowState.isEmpty }
        var rows: [Int64: Int64] = [:]
        var states: [Int64: String] = [:]
        let byRecord = marking.filter { $0.change.action != .insert && $0.sfid != nil }
        if !byRecord.isEmpty {
            let found = try session.query(
                "SELECT id, sfid, _hc_lastop FROM \(fragment: target) WHERE sfid = ANY (\(byRecord.compactMap(\.sfid))::text[]) FOR NO KEY UPDATE"
            )
            var ids: [String: Int64] = [:]
            for row in found {
                let (id, sfid): (Int64, String) = (try row.decode("id"), try row.decode("sfid"))
                ids[sfid] = min(ids[sfid] ?? id, id)
                if let state: String = try row.decodeIfPresent("_hc_lastop"), state != "PENDING" { states[id] = state }
            }
            for result in byRecord { rows[result.change.id] = result.sfid.flatMap { ids[$0] } }
            let unnamed = byRecord.filter { $0.change.action == .update && rows[$0.change.id] == nil }
            if !unnamed.isEmpty { rows.merge(try unnamedRows(unnamed, states: &states, in: session)) { $1 } }
        }
        let byRow = marking.filter { $0.change.action == .insert || $0.sfid == nil }
        if !byRow.isEmpty { rows.merge(try insertedRows(byRow, states: &states, in: session)) { $1 } }
        return (rows, states)
    }

    /// Rows that never learnt which record their insert made, since they could not be marked then: they do with the next change of it.
    private func unnamedRows(
        _ results: [ChangeResult], states: inout [Int64: String], in session: PostgresSession
    ) throws -> [Int64: Int64] {
        let found = try session.query(
            """
            SELECT r.change_id
            FROM unnest(\(results.map(\.change.id))::bigint[], \(results.map(\.change.recordID))::bigint[], \(results.compactMap(\.sfid))::text[])
                AS r(change_id, record_id, sfid)
            JOIN \(fragment: target) t ON t.id = r.record_id AND t.sfid IS NULL
            WHERE EXISTS (
                SELECT FROM \(fragment: log.log) made
                WHERE made.state = 'FAILED' AND made.table_name = \(table.table) AND made.action = 'INSERT' AND made.record_id = t.id
                  AND made.sfid = r.sfid
            )
            """)
        let unnamed = Set(try found.map { try $0.decode("change_id", as: Int64.self) })
        let theirs = results.filter { unnamed.contains($0.change.id) }
        return theirs.isEmpty ? [:] : try insertedRows(theirs, states: &states, in: session)
    }

    private func insertedRows(
        _ results: [ChangeResult], states: inout [Int64: String], in session: PostgresSession
    ) throws -> [Int64: Int64] {
        let key: PostgresQuery = table.upsertColumn.map { "\(identifier: $0)::text" } ?? "NULL::text"
        let found = try session.query(
            """
            SELECT id, sfid, _hc_lastop, xmin::text::bigint AS writer, \(fragment: key) AS key FROM \(fragment: target)
            WHERE id = ANY (\(results.map(\.change.recordID))::bigint[]) FOR NO KEY UPDATE
            """)
        for row in found {
            if let state: String = try row.decodeIfPresent("_hc_lastop"), state != "PENDING" { states[try row.decode("id")] = state }
        }
        let rows = Dictionary(
            uniqueKeysWithValues: try found.map { row in
                let id: Int64 = try row.decode("id")
                return (
                    id,
                    RowIdentity.Row(
                        id: id, sfid: try row.decodeIfPresent("sfid"), writer: try row.decode("writer"),
                        key: try row.decodeIfPresent("key"))
                )
            })
        let lastInserts = try self.lastInserts(results.map(\.change.recordID), in: session)
        var same: [Int64: Int64] = [:]
        var (open, keyed): ([ChangeResult], [ChangeResult]) = ([], [])
        for result in results {
            // Deleted and inserted again, with its old id as after a restore, a row is about the later insert.
            guard let row = rows[result.change.recordID], lastInserts[row.id].map({ $0 <= result.change.id }) ?? true else { continue }
            switch identity(result).verdict(row, answered: result.sfid) {
            case .same: same[result.change.id] = row.id
            case .other: keyed.append(result)
            case .open: open.append(result)
            }
        }
        for result in try keptByRows(keyed, in: session) { same[result.change.id] = result.change.recordID }
        guard !open.isEmpty else { return same }
        let values = try self.values(of: open.map(\.change.recordID), in: session)
        let later = try self.later(than: open, in: session)
        let ages = try ColumnAges(of: table, in: session)
        let recorders = try self.recorders(of: open, in: session)
        for result in open {
            guard let row = rows[result.change.recordID], let values = values[row.id] else { continue }
            let changes = (later[row.id] ?? []).filter { $0.id > result.change.id }.map(\.later)
            guard !changes.contains(where: { $0.action == .insert }) else { continue }
            let columns = table.columns.map(\.name).filter { $0 != "sfid" && !ages.isNewer($0, than: result.change.transaction) }
            let recorder = recorders[result.change.id]
            if identity(result).isSame(row, values: values, later: changes, columns: columns, recorder: recorder) {
                same[result.change.id] = row.id
            }
        }
        return same
    }

    /// The latest insert that waits for each of these rows.
    private func lastInserts(_ ids: [Int64], in session: PostgresSession) throws -> [Int64: Int64] {
        let found = try session.query(
            """
            SELECT record_id, max(id) AS id FROM \(fragment: log.log)
            WHERE (state = 'NEW' OR state = 'PENDING') AND table_name = \(table.table) AND action = 'INSERT'
              AND record_id = ANY (\(ids)::bigint[])
            GROUP BY record_id
            """)
        return Dictionary(
            uniqueKeysWithValues: try found.map { (try $0.decode("record_id", as: Int64.self), try $0.decode("id", as: Int64.self)) })
    }

    private func identity(_ result: ChangeResult) -> RowIdentity {
        RowIdentity(insert: result.change, upsertColumn: table.upsertColumn)
    }

    private func values(of ids: [Int64], in session: PostgresSession) throws -> [Int64: [String: String?]] {
        let hstore = PostgresText.quoteIdentifier(try TargetMetadata.hstoreSchema(in: session))
        let found = try session.query(
            "SELECT id, \(raw: hstore).hstore(t)::text AS row FROM \(fragment: target) t WHERE id = ANY (\(ids)::bigint[])")
        return Dictionary(
            uniqueKeysWithValues: try found.map { row in
                (try row.decode("id", as: Int64.self), (try? HStoreText.parse(try row.decode("row"))) ?? [:])
            })
    }

    /// The transactions in which changes that are recorded now were recorded before: failed inserts are sent again with the next update of their row.
    private func recorders(of results: [ChangeResult], in session: PostgresSession) throws -> [Int64: Int64] {
        let found = try session.query(
            "SELECT id, processed_tx FROM \(fragment: log.log) WHERE id = ANY (\(results.map(\.change.id))::bigint[]) AND processed_tx IS NOT NULL"
        )
        return Dictionary(
            uniqueKeysWithValues: try found.map { (try $0.decode("id", as: Int64.self), try $0.decode("processed_tx", as: Int64.self)) })
    }

    func later(
        than results: [ChangeResult], in session: PostgresSession
    ) throws -> [Int64: [(id: Int64, later: RowIdentity.Later)]] {
        // Also those that were given up or have failed: the row has what they say.
        let found = try session.query(
            """
            SELECT id, record_id, action, txid, "values", old IS NOT NULL AS has_old FROM \(fragment: log.log)
            WHERE id > \(results.map(\.change.id).min() ?? 0) AND table_name = \(table.table)
              AND record_id = ANY (\(results.map(\.change.recordID))::bigint[])
            ORDER BY id
            """)
        var later: [Int64: [(id: Int64, later: RowIdentity.Later)]] = [:]
        for row in found {
            guard let action = Change.Action(rawValue: try row.decodeIfPresent("action") ?? "") else { continue }
            let values = (try? HStoreText.parse(try row.decodeIfPresent("values") ?? "")) ?? [:]
            let change = RowIdentity.Later(
                action: action, transaction: try row.decodeIfPresent("txid"), values: values, isCaptured: try row.decode("has_old"))
            later[try row.decode("record_id"), default: []].append((try row.decode("id"), change))
        }
        return later
    }
}
