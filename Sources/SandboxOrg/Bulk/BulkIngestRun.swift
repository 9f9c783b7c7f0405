/// Does the work of an ingest job: reads the upload, and writes its rows in transactions of 200 as a real org does.
struct BulkIngestRun: Sendable {
    private static let rowsOfTransaction = 200

    let org: Org
    let job: BulkIngestJob
    /// Row of the acting user.
    let user: Int
    let faults: BulkFaults

    struct Result: Sendable {
        var header: [String] = []
        var outcomes: [BulkIngestJob.Outcome] = []
        var unprocessed: [[String]] = []
        /// Why the job as a whole failed.
        var failure: String?
    }

    func run() async -> Result {
        var result = Result()
        var rows: [[String]] = []
        do throws(CSVError) {
            var reader = CSVReader(bytes: job.upload ?? [], dialect: job.dialect)
            result.header = try reader.next() ?? []
            while let row = try reader.next() {
                guard row.count == result.header.count else {
                    throw CSVError(message: "Row \(rows.count + 1) has \(row.count) columns, the header has \(result.header.count)")
                }
                rows.append(row)
            }
        } catch {
            result.unprocessed = rows
            result.failure = "InvalidBatch : Failed to parse CSV. \(error.message)"
            return result
        }
        let columns: [IngestColumn]
        do throws(CSVError) {
            columns = try IngestColumn.columns(of: result.header, job: job, schema: org.schema)
        } catch {
            result.unprocessed = rows
            result.failure = error.message
            return result
        }
        var position = 0
        while position < rows.count {
            if faults.failsJob(position == 0) {
                result.unprocessed = Array(rows[position...])
                result.failure = "InternalServerError : UNKNOWN_EXCEPTION: An unexpected error occurred."
                return result
            }
            let end = min(position + Self.rowsOfTransaction, rows.count)
            result.outcomes += write(Array(rows[position..<end]), columns)
            position = end
            await Task.yield()
        }
        return result
    }

    private func write(_ rows: [[String]], _ columns: [IngestColumn]) -> [BulkIngestJob.Outcome] {
        let locked = rows.map { _ in faults.locksRow() }
        let twice = duplicateKeys(rows, columns)
        return org.write { state, now in
            let writer = RecordWriter(schema: state.schema, user: user, now: now)
            var outcomes: [BulkIngestJob.Outcome] = []
            for (index, row) in rows.enumerated() {
                let result = locked[index] ? .failed(.lockedRow) : one(row, columns, twice, writer, &state)
                outcomes.append(outcome(row, result))
            }
            let failed = outcomes.count { $0.error != nil }
            state.writes.add(job.object.name, job.operation.rawValue, records: rows.count - failed, failed: failed)
            return outcomes
        }
    }

    /// Keys that more than one row of the transaction has.
    private func duplicateKeys(_ rows: [[String]], _ columns: [IngestColumn]) -> Set<String> {
        guard let field = job.externalIDField, let index = columns.firstIndex(where: { $0.field === field && $0.parentKey == nil }) else {
            return []
        }
        var seen: Set<String> = []
        return Set(rows.map { $0[index].lowercased() }.filter { !$0.isEmpty && !seen.insert($0).inserted })
    }

    private func one(
        _ row: [String], _ columns: [IngestColumn], _ twice: Set<String>, _ writer: RecordWriter, _ state: inout OrgState
    ) -> SaveResult {
        var id: String?
        var key: JSON = .null
        var members: [JSON.Member] = []
        for (column, text) in zip(columns, row) {
            if column.field.type == .id { id = text }
            if column.field === job.externalIDField, column.parentKey == nil { key = text.isEmpty ? .null : .string(text) }
            if let member = column.member(text), column.field.type != .id { members.append(member) }
        }
        switch job.operation {
        case .insert: return writer.insert(job.object, members, state: &state)
        case .upsert:
            guard let field = job.externalIDField else { return .failed(.missingID) }
            if case .string(let text) = key, twice.contains(text.lowercased()) {
                return .failed(
                    RecordError(code: "DUPLICATE_VALUE", message: "Duplicate external id specified: \(text)", fields: [field.name]))
            }
            return writer.upsert(job.object, key: field, value: key, members, state: &state)
        case .update, .delete, .hardDelete:
            guard let id, !id.isEmpty else { return .failed(.missingID) }
            guard let record = org.schema.recordID(id), record.object == job.object.index else {
                return .failed(
                    RecordError(
                        code: "MALFORMED_ID", message: "\(job.object.label) ID: id value of incorrect type: \(id)", fields: ["Id"]))
            }
            switch job.operation {
            case .update: return writer.update(record, members, state: &state)
            case .delete: return writer.delete(record, state: &state)
            default: return writer.hardDelete(record, state: &state)
            }
        }
    }

    private func outcome(_ row: [String], _ result: SaveResult) -> BulkIngestJob.Outcome {
        let error = result.error?.all.map { "\($0.code):\($0.message):\($0.fields.joined(separator: ",")) --" }.joined(separator: ";")
        let created = result.created ?? (job.operation == .insert && result.isSuccess)
        return BulkIngestJob.Outcome(cells: row, id: result.id.map(org.schema.text(of:)) ?? "", created: created, error: error)
    }
}

extension RecordError {
    static let missingID = RecordError(code: "MISSING_ARGUMENT", message: "Id not specified in an update call")
    static let lockedRow = RecordError(
        code: "UNABLE_TO_LOCK_ROW", message: "unable to obtain exclusive access to this record or 1 records")
}
