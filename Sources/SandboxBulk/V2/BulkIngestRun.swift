import SandboxData
package import SandboxHTTP
import SandboxQuery
package import SandboxStore

/// Does the work of an ingest job: reads the upload, and writes its rows in transactions of 200 as a real org does.
package struct BulkIngestRun: Sendable {
    package let org: Org
    package let job: BulkIngestJob
    /// Row of the acting user.
    package let user: Int
    package let faults: BulkFaults

    package struct Result: Sendable {
        package var header: [String] = []
        var outcomes: [BulkIngestJob.Outcome] = []
        var unprocessed: [[String]] = []
        /// Why the job as a whole failed.
        package var failure: String?
    }

    package func run() async -> Result {
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
        let writer = IngestWriter(
            org: org, object: job.object, operation: job.operation, externalIDField: job.externalIDField, user: user, faults: faults,
            header: result.header)
        var schema: OrgSchema?
        var columns: [IngestColumn] = []
        var position = 0
        repeat {
            if schema !== org.schema {
                schema = org.schema
                do throws(CSVError) {
                    columns = try IngestColumn.columns(
                        of: result.header, object: job.object, operation: job.operation, key: job.externalIDField, schema: org.schema)
                } catch {
                    result.unprocessed = Array(rows[position...])
                    result.failure = error.message
                    return result
                }
            }
            guard position < rows.count else { break }
            if position == 0, let failure = faults.failureOfJob() {
                result.unprocessed = rows
                result.failure = failure
                return result
            }
            let end = min(position + IngestWriter.rowsOfTransaction, rows.count)
            let saved = await writer.write(rows[position..<end].map { IngestColumn.row($0, columns, key: job.externalIDField) })
            result.outcomes += zip(rows[position..<end], saved).map { outcome($0, $1, isCreated: writer.isCreated($1)) }
            position = end
            await Task.yield()
        } while position < rows.count
        return result
    }

    private func outcome(_ row: [String], _ result: SaveResult, isCreated: Bool) -> BulkIngestJob.Outcome {
        BulkIngestJob.Outcome(
            cells: row, id: result.id.map(org.schema.text(of:)) ?? "", created: isCreated, error: result.error?.bulkText)
    }
}
