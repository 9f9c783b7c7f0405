import Foundation
import Logging
import Postgres
import Tracing

// One job: run, and recorded as it ended.
extension WorkerLoop {
    /// A span a run: a child of whoever enqueued the job, linked to the attempt before.
    func execute(_ job: Job) async {
        let context = JobTrace.context(of: job) ?? .topLevel
        await withSpan("job \(job.kind)", context: context, ofKind: .consumer) { span in
            if span.isRecording {
                span.attributes = attributes(of: job)
                if job.attempt > 1, let last = JobTrace.context(of: job, under: JobTrace.lastAttemptKey) {
                    span.addLink(SpanLink(context: last, attributes: [:]))
                }
            }
            await run(job, span)
        }
    }

    private func attributes(of job: Job) -> SpanAttributes {
        var attributes: SpanAttributes = [:]
        attributes["sluice.job"] = job.id
        attributes["sluice.kind"] = job.kind
        attributes["sluice.worker"] = name
        attributes["sluice.attempt"] = Int64(job.attempt)
        attributes["sluice.waited_ms"] = job.waited.components.seconds * 1000 + job.waited.components.attoseconds / 1_000_000_000_000_000
        if let connection = job.connectionID { attributes["sluice.connection"] = connection.uuidString.lowercased() }
        if let mapping = job.mappingID { attributes["sluice.mapping"] = mapping.uuidString.lowercased() }
        return attributes
    }

    private func run(_ job: Job, _ span: any Span) async {
        let logger = logger(for: job)
        let result: Result<JobOutcome, any Error>
        do {
            // Claimed while another of the connection's jobs said so.
            if let connection = job.connectionID, unserved.contains(connection) {
                throw JobFailure.elsewhere("this worker leaves the connection's jobs to others")
            }
            guard let handler = handlers[job.kind] else { throw JobFailure.permanent("no handler for jobs of kind \(job.kind)") }
            result = .success(try await handler.run(JobContext(job: job, queue: queue, logger: logger)))
        } catch {
            result = .failure(error)
            span.recordError(error)
            span.setStatus(SpanStatus(code: .error))
        }
        if case .failure(JobFailure.elsewhere) = result, let connection = job.connectionID {
            unserved.insert(connection)
            refused.insert(connection)
        }
        leaveSlot(job)
        if case .success(.completed(let outcome)) = result {
            await completions.complete(.init(lease: job.lease, outcome: outcome))
        } else {
            await settle(job, result, logger: logger)
        }
        ended(job.lease)
    }

    private func logger(for job: Job) -> Logger {
        var logger = logger
        logger[metadataKey: "job"] = "\(job.id)"
        logger[metadataKey: "kind"] = "\(job.kind)"
        if let connection = job.connectionID { logger[metadataKey: "connection"] = "\(connection.uuidString.lowercased())" }
        if let mapping = job.mappingID { logger[metadataKey: "mapping"] = "\(mapping.uuidString.lowercased())" }
        return logger
    }

    /// Records how a job ended; an outage is waited out for as long as the lease may still be ours.
    private func settle(_ job: Job, _ result: Result<JobOutcome, any Error>, logger: Logger) async {
        let deadline = ContinuousClock.now + configuration.lease
        let wasCancelled = cancelled.contains(job.lease)
        let trace = InstrumentationContext.current
        // Detached from the job's own cancellation: the record must be written even when the job was cancelled.
        let recording = Task.detached { [queue] in
            while true {
                do {
                    // What is recorded belongs to the trace all the same.
                    return try await InstrumentationContext.$current.withValue(trace) {
                        try await OutcomeRecorder(job: job, queue: queue, logger: logger).write(result, wasCancelled: wasCancelled)
                    }
                } catch let error as PostgresError where error.isRetryable && ContinuousClock.now < deadline {
                    try? await Task.sleep(for: .milliseconds(200))
                } catch {
                    logger.error("The job's end could not be recorded; its lease will lapse", metadata: ["error": "\(error)"])
                    return
                }
            }
        }
        await recording.value
    }
}
