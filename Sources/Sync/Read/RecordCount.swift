import Catalog
import Foundation
import Logging
import Salesforce

/// Counts the org's records now and then, since every count is a call that the org charges. A count that fails holds nothing up.
struct RecordCount: Sendable {
    let scope: SyncScope
    let mapping: Mapping

    /// Above this, counting one by one takes the org longer than a query may, and its own statistics serve, as with Heroku Connect
    /// (heroku-connect.md 3.10).
    static let mostExact = 1_000_000
    private static let interval: TimeInterval = 600

    /// Sets the count in a record's update, where it is due.
    ///
    /// - Throws: `CancellationError`.
    func add(to update: inout MappingUpdate) async throws {
        if let counted = mapping.sfCountAt, counted.timeIntervalSinceNow > -Self.interval { return }
        do {
            let filter = mapping.config.rowFilter
            if filter == nil, scope.connection.features.countsByStatistics || (mapping.sfCount ?? mapping.dbCount ?? 0) > Self.mostExact {
                guard let count = try await scope.salesforce.recordCount([mapping.objectName])[mapping.objectName] else { return }
                (update.sfCount, update.sfCountKind) = (count, .estimated)
            } else {
                (update.sfCount, update.sfCountKind) = (try await scope.salesforce.count(mapping.objectName, where: filter), .exact)
            }
        } catch let error as SalesforceError where error.code == .cancelled {
            throw CancellationError()
        } catch let error as SalesforceError {
            scope.logger.info("The org's records could not be counted", metadata: ["object": "\(mapping.objectName)", "error": "\(error)"])
            // Some objects, such as CaseComment, cannot be counted at all.
            update.isUncountable = !error.isRetryable
        }
    }
}
