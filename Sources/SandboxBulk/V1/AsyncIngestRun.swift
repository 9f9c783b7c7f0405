import SandboxData
import SandboxHTTP
import SandboxQuery
import SandboxStore

/// Does the work of a batch of rows.
struct AsyncIngestRun: Sendable {
    let org: Org
    let job: AsyncJob
    /// Row of the acting user.
    let user: Int
    let faults: BulkFaults

    func run(_ body: [UInt8], _ operation: BulkIngestJob.Operation) async -> AsyncBatch.Outcome {
        let rows: [IngestRow]
        do throws(BatchFailure) {
            rows = try BatchRows(job: job, operation: operation, schema: org.schema).read(body)
        } catch {
            return .failed(error.message)
        }
        if let failure = faults.failureOfJob() { return .failed(failure) }
        let writer = IngestWriter(
            org: org, object: job.object, operation: operation, externalIDField: job.externalIDField, user: user, faults: faults)
        var results: [SaveResult] = []
        results.reserveCapacity(rows.count)
        var position = 0
        while position < rows.count {
            let end = min(position + IngestWriter.rowsOfTransaction, rows.count)
            for var result in await writer.write(Array(rows[position..<end])) {
                result.created = writer.isCreated(result)
                results.append(result)
            }
            position = end
            await Task.yield()
        }
        return .saved(results)
    }
}
