import Catalog
import Foundation
import Logging
import Postgres
import Redaction
import Secrets
import Synchronization

/// The connections whose jobs this worker leaves to others. What is this process's own fault is no state of a connection, since another may work:
///
/// - a variable that the connection names is not set here, or holds no address: its jobs are left to others in any case;
/// - its target database cannot be reached from here, or does not let this process in: they are left to others as long as there are any that have
///   not found the same. Where nobody gets through, everybody goes on trying.
final class UnservedConnections: Sendable {
    private let catalog: CatalogStore
    private let sealingKey: SealingKey
    private let environment: Redacted<[String: String]>
    private let logger: Logger
    private let known = Mutex(Known())

    private struct Known {
        /// What was told last, by connection.
        var told: [UUID: String] = [:]
        /// Connections of which a job could not reach its target; whether that is so still is found out at the next look.
        var doubted: Set<UUID> = []
    }

    private static let patience = Duration.seconds(3)

    init(catalog: CatalogStore, sealingKey: SealingKey, environment: [String: String], logger: Logger) {
        self.catalog = catalog
        self.sealingKey = sealingKey
        self.environment = Redacted(wrappedValue: environment)
        self.logger = logger
    }

    /// Runs a job's work and notes when it could not reach a database.
    func watch<Value>(_ connection: Connection, _ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let error as PostgresError where error.code == .connectionFailed {
            known.withLock { _ = $0.doubted.insert(connection.id) }
            throw error
        }
    }

    /// Looks at all connections, and tells of changes in the control database and the log.
    ///
    /// - Returns: those whose jobs are left to others.
    /// - Throws: `PostgresError`, `CatalogError`.
    func look(as worker: String) async throws -> Set<UUID> {
        let (lacking, unreachable) = try await reasons()
        let reasons = lacking.merging(unreachable) { $1 }
        let told = known.withLock { $0.told }
        if reasons != told {
            try await catalog.setUnserved(by: worker, reasons)
            known.withLock { $0.told = reasons }
            log(reasons, told)
        }
        return try await left(lacking, unreachable)
    }

    /// Those whose jobs are left to others, without telling: what else a worker's process does for connections goes by it.
    ///
    /// - Throws: `PostgresError`, `CatalogError`.
    func left() async throws -> Set<UUID> {
        let (lacking, unreachable) = try await reasons()
        return try await left(lacking, unreachable)
    }

    private func reasons() async throws -> (lacking: [UUID: String], unreachable: [UUID: String]) {
        let lacking = try await lackingVariables()
        return (lacking, try await unreachableTargets().filter { lacking[$0.key] == nil })
    }

    private func left(_ lacking: [UUID: String], _ unreachable: [UUID: String]) async throws -> Set<UUID> {
        guard !unreachable.isEmpty else { return Set(lacking.keys) }
        let byNobody = Set(try await catalog.unserved().filter(\.byNobody).map(\.id))
        return Set(lacking.keys).union(Set(unreachable.keys).subtracting(byNobody))
    }

    private func lackingVariables() async throws -> [UUID: String] {
        var reasons: [UUID: String] = [:]
        for connection in try await catalog.connectionsNamingVariables() {
            do {
                _ = try ConnectionAddress.configuration(of: connection, key: sealingKey, environment: environment.wrappedValue)
            } catch let error as CatalogError where error.code == .configuration {
                reasons[connection.id] = error.message
            }
        }
        return reasons
    }

    private func unreachableTargets() async throws -> [UUID: String] {
        var reasons: [UUID: String] = [:]
        for id in known.withLock({ $0.doubted }) {
            if let connection = try await catalog.connection(id), let reason = await whyUnreachable(connection) {
                reasons[id] = reason
            } else {
                known.withLock { _ = $0.doubted.remove(id) }
            }
        }
        return reasons
    }

    /// What is in the way of a session on the target database; nil when nothing is.
    private func whyUnreachable(_ connection: Connection) async -> String? {
        let pool: PostgresPool
        do {
            var configuration = try ConnectionAddress.configuration(
                of: connection, key: sealingKey, environment: environment.wrappedValue)
            configuration.applicationName = "sluice worker probe"
            configuration.connectTimeout = Self.patience
            configuration.statementTimeout = Self.patience
            pool = PostgresPool(configuration: configuration, size: 1, logger: logger)
        } catch {
            // Not for want of a network: the job that meets it says what it means.
            return nil
        }
        do {
            _ = try await pool.query("SELECT 1")
            await pool.close()
            return nil
        } catch {
            await pool.close()
            return (error as? PostgresError)?.code == .connectionFailed ? "its database cannot be reached: \(error)" : nil
        }
    }

    private func log(_ reasons: [UUID: String], _ told: [UUID: String]) {
        for (id, reason) in reasons where told[id] != reason {
            logger.warning(
                "This worker leaves a connection's jobs to others",
                metadata: ["connection": "\(id.uuidString.lowercased())", "reason": "\(reason)"])
        }
        for id in told.keys where reasons[id] == nil {
            logger.info("This worker serves a connection again", metadata: ["connection": "\(id.uuidString.lowercased())"])
        }
    }
}
