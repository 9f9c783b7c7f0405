import SandboxBytes
import SandboxData
import SandboxHTTP
import SandboxQuery
import SandboxStore

/// Writes the rows of bulk jobs, those of Bulk 1.0 and 2.0 alike.
struct IngestWriter: Sendable {
    /// Rows that a real org commits together.
    static let rowsOfTransaction = 200

    let org: Org
    let object: ObjectSchema
    let operation: BulkIngestJob.Operation
    /// Named by upserts only.
    let externalIDField: FieldSchema?
    /// Row of the acting user.
    let user: Int
    let faults: BulkFaults
    /// The names of the upload's columns, where it has any.
    var header: [String] = []

    /// One transaction; the results are in the rows' order.
    func write(_ rows: [IngestRow]) async -> [SaveResult] {
        await CallScope.run(faults.settings.timing, org) { await locked(rows) }
    }

    private func locked(_ rows: [IngestRow]) async -> [SaveResult] {
        let writes = rows.map { row in
            LockedWrite(
                object: object, id: operation == .insert ? nil : row.id.flatMap { org.schema.recordID($0) },
                key: operation == .upsert ? externalIDField.map { ($0, row.key) } : nil, members: row.members)
        }
        let locked = await org.lock(writes, unlucky: faults.locksRow)
        let twice = duplicateKeys(rows)
        return org.write { state, now in
            let writer = RecordWriter(schema: state.schema, user: user, now: now, isTextual: true)
            var results: [SaveResult] = []
            results.reserveCapacity(rows.count)
            for (index, row) in rows.enumerated() {
                results.append(locked[index].map { .failed($0) } ?? inBulkWords(one(row, twice, writer, &state)))
            }
            let failed = results.count { !$0.isSuccess }
            state.writes.add(object.name, operation.rawValue, records: rows.count - failed, failed: failed)
            return results
        }
    }

    private func inBulkWords(_ result: SaveResult) -> SaveResult {
        guard let mismatch = result.error?.mismatch, let field = object.field(mismatch.field) else { return result }
        let column = header.firstIndex { $0.lowercased() == mismatch.field.lowercased() }
        let error = column.flatMap { mismatch.bulkError(column: $0) } ?? mismatch.plainError(field)
        return .failed(error, id: result.id)
    }

    /// Keys that more than one row of the transaction has.
    private func duplicateKeys(_ rows: [IngestRow]) -> Set<String> {
        guard externalIDField != nil else { return [] }
        var seen: Set<String> = []
        return Set(rows.compactMap { $0.key.string?.lowercased() }.filter { !seen.insert($0).inserted })
    }

    private func one(_ row: IngestRow, _ twice: Set<String>, _ writer: RecordWriter, _ state: inout OrgState) -> SaveResult {
        switch operation {
        case .insert: return writer.insert(object, row.members, state: &state)
        case .upsert:
            guard let field = externalIDField else { return .failed(.missingID) }
            if case .string(let text) = row.key, twice.contains(text.lowercased()) {
                return .failed(
                    RecordError(code: "DUPLICATE_VALUE", message: "Duplicate external id specified: \(text)", fields: [field.name]))
            }
            return writer.upsert(object, key: field, value: row.key, row.members, state: &state)
        case .update, .delete, .hardDelete:
            guard let id = row.id, !id.isEmpty else { return .failed(.missingID) }
            guard let record = org.schema.recordID(id), record.object == object.index else {
                return .failed(
                    RecordError(code: "MALFORMED_ID", message: "\(object.label) ID: id value of incorrect type: \(id)", fields: ["Id"]))
            }
            switch operation {
            case .update: return writer.update(record, row.members, state: &state)
            case .delete: return writer.delete(record, state: &state)
            default: return writer.hardDelete(record, state: &state)
            }
        }
    }

    /// Whether a row that was written is new.
    func isCreated(_ result: SaveResult) -> Bool { result.created ?? (operation == .insert && result.isSuccess) }
}

extension RecordError {
    static let missingID = RecordError(code: "MISSING_ARGUMENT", message: "Id not specified in an update call")

    /// As a line of a bulk result has it, with all that is wrong with the record.
    var bulkText: String { all.map { "\($0.code):\($0.message):\($0.fields.joined(separator: ",")) --" }.joined(separator: ";") }
}
