import Catalog
public import JobQueue
import Salesforce
public import Sync
import SyncJournal

/// Asks the org what objects it has, for people who map them.
public struct ListObjectsStep: Sendable {
    private let scope: SyncScope

    /// A look at one org.
    public init(scope: SyncScope) {
        self.scope = scope
    }

    /// Asks, and keeps the answer.
    ///
    /// - Throws: `SalesforceError`, `PostgresError`.
    public func run() async throws -> JobOutcome {
        let objects = try await scope.salesforce.describeGlobal().sorted { $0.name < $1.name }
        let document = JSONValue.array(objects.map { ObjectSupport($0).document($0) })
        try await scope.catalog.keepObjects(document, of: scope.connection)
        try await scope.catalog.answer(job: scope.context.job.id, ["count": .integer(objects.count)])
        return .completed("\(objects.count) objects")
    }
}
