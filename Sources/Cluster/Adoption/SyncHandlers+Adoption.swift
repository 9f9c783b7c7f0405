import Catalog
import JobQueue
import MappedSchema
import Salesforce
import Sync

extension SyncHandlers {
    /// Adopts a schema for somebody who waits for the report, whatever the connection's sync is doing.
    var adoptHandler: JobHandler {
        JobHandler(kind: JobKind.adopt.rawValue) { context in
            let args: AdoptArgs = try context.job.decodeArgs()
            guard let connectionID = context.job.connectionID, let connection = try await catalog.connection(connectionID)
            else { return .completed("the connection was removed") }
            do {
                let salesforce = connection.credentialsSealed == nil ? nil : try await client(of: connection)
                let step = AdoptionStep(
                    connection: connection, salesforce: salesforce, target: try await target(of: connection, lane: "adopt"),
                    catalog: catalog)
                let report = try await step.run(args)
                if let inquiry = args.inquiry { try await catalog.answer(inquiry, report.document.text) }
                return .completed(report.isSound ? "\(args.mode.rawValue): done" : "\(args.mode.rawValue): something is in the way")
            } catch let error as SalesforceError where error.code == .cancelled {
                throw CancellationError()
            } catch let error as MappedSchemaError {
                throw JobFailure.permanent(error.message)
            } catch  where !Failure(error).isRetryable {
                throw JobFailure.permanent(Failure(error).reason)
            }
        }
    }
}
