import Catalog
import Foundation
import Logging
import Postgres
import Redaction
import Secrets
import Synchronization

/// The connections whose jobs this worker leaves to others, because a variable that they name is not set here, or holds no address. That is this
/// process's own fault: another may have what it lacks, and the connection's state is none of its business.
final class UnservedConnections: Sendable {
    private let catalog: CatalogStore
    private let environment: Redacted<[String: String]>
    private let logger: Logger
    private let told = Mutex<[UUID: String]?>(nil)

    init(catalog: CatalogStore, environment: [String: String], logger: Logger) {
        self.catalog = catalog
        self.environment = Redacted(wrappedValue: environment)
        self.logger = logger
    }

    /// Looks at all connections, and tells of changes in the control database and the log.
    ///
    /// - Throws: `PostgresError`, `CatalogError`.
    func look(as worker: String) async throws -> Set<UUID> {
        var reasons: [UUID: String] = [:]
        for connection in try await catalog.connectionsNamingVariables() {
            do {
                _ = try ConnectionAddress.configuration(ofVariable: connection, environment: environment.wrappedValue)
            } catch {
                reasons[connection.id] = error.message
            }
        }
        let old = told.withLock { $0 }
        guard reasons != old ?? [:] else { return Set(reasons.keys) }
        try await catalog.setUnserved(by: worker, reasons)
        told.withLock { $0 = reasons }
        for (id, reason) in reasons where old?[id] != reason {
            logger.warning(
                "This worker leaves a connection's jobs to others",
                metadata: ["connection": "\(id.uuidString.lowercased())", "reason": "\(reason)"])
        }
        for id in (old ?? [:]).keys where reasons[id] == nil {
            logger.info("This worker serves a connection again", metadata: ["connection": "\(id.uuidString.lowercased())"])
        }
        return Set(reasons.keys)
    }
}
