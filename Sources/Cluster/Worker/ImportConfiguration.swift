import Catalog
import JobQueue
import Postgres

/// Applies an imported mapping file: mappings are made or changed in one transaction with the loads that they need.
struct ImportConfiguration: Sendable {
    let catalog: CatalogStore
    let context: JobContext

    func run() async throws -> JobOutcome {
        guard let connectionID = context.job.connectionID else { throw JobFailure.permanent("an import job names its connection") }
        let args: ImportArgs = try context.job.decodeArgs()
        let file: ExportFile
        do {
            file = try ExportFile(parsing: args.export)
        } catch {
            _ = try await catalog.pool.withSession { [jobID = context.job.id] session in
                try CatalogStore.finishImport(connectionID, jobID: jobID, leaves: args.leaves, description: "\(error)", in: session)
            }
            throw JobFailure.permanent("the imported file cannot be read: \(error)")
        }
        let (lease, jobID) = (context.job.lease, context.job.id)
        let counts = try await catalog.pool.transaction { session in
            try JobQueue.hold(lease, in: session)
            let applied = try CatalogStore.apply(file, to: connectionID, in: session)
            let loads = try applied.compactMap { mapping, change in
                try change.load(of: mapping).map { try NewJob.load(mapping, reason: $0, requestedBy: args.requestedBy) }
            }
            _ = try JobQueue.enqueueOrBringForward(loads, joiningBegun: false, in: session)
            try CatalogStore.event(
                .info, connection: connectionID, job: jobID, type: .configuration,
                "Imported \(applied.count) mappings, \(loads.count) of them to be loaded",
                in: session)
            try CatalogStore.finishImport(connectionID, jobID: jobID, leaves: args.leaves, in: session)
            return (mappings: applied.count, loads: loads.count)
        }
        return .completed("\(counts.mappings) mappings, \(counts.loads) to be loaded")
    }
}
