public import Foundation
import Postgres

extension CatalogStore {
    /// What applying a file would make of a connection's mappings, without making it.
    ///
    /// - Throws: `PostgresError`, `CatalogError`.
    public func preview(_ file: ExportFile, of connectionID: UUID) async throws -> [(Mapping, MappingChange)] {
        try await rolledBack { try Self.apply(file, to: connectionID, in: $0) }
    }

    /// A mapping as a configuration would make it, or change the one that there is, without making it.
    ///
    /// - Throws: `PostgresError`, `CatalogError`.
    public func draft(_ objectName: String, _ config: MappingConfig, of connectionID: UUID) async throws -> Mapping {
        try await rolledBack { try Self.upsertMapping(connectionID, objectName: objectName, config: config, in: $0).0 }
    }

    private func rolledBack<Value: Sendable>(_ work: @escaping @Sendable (PostgresSession) throws -> Value) async throws -> Value {
        do {
            return try await pool.transaction { session -> Value in throw Undone(value: try work(session)) }
        } catch let undone as Undone {
            guard let value = undone.value as? Value else { throw undone }
            return value
        }
    }
}

/// Carries what was made out of the transaction that it rolls back.
private struct Undone: Error {
    let value: any Sendable
}
