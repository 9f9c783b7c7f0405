public import Foundation
public import Postgres

/// What people may ask for of a mapping.
public enum ReadRequest: String, Sendable, Hashable, CaseIterable {
    /// The table anew.
    case reload
    /// What changed at Salesforce.
    case poll
}

extension CatalogStore {
    /// Enqueues what somebody asked for; what waits already for a later attempt is brought forward instead. A poll of a mapping that only a
    /// load can help is that load. The rules are functions of the database (V018), which people in psql call too.
    ///
    /// - Returns: the job that does it.
    /// - Throws: `CatalogError` with code `.limited` for more than a poll a minute or 100 a day, `.conflict` while the connection does not sync,
    ///   `.notFound`; `PostgresError`.
    public static func enqueue(_ request: ReadRequest, of mapping: Mapping, requestedBy: String, in session: PostgresSession) throws
        -> Int64
    {
        try refusing {
            switch request {
            case .reload: try session.query("SELECT sluice.reload_mapping(\(mapping.id), \(requestedBy)) AS job")[0].decode("job")
            case .poll: try session.query("SELECT sluice.poll_mapping(\(mapping.id), \(requestedBy)) AS job")[0].decode("job")
            }
        }
    }

    /// Ends the loads and polls of a mapping that wait or run. One that was never loaded waits for a reload.
    ///
    /// - Returns: how many jobs were ended.
    /// - Throws: `CatalogError` with code `.conflict` when there are none, `.notFound`; `PostgresError`.
    public static func abort(_ mappingID: UUID, requestedBy: String, in session: PostgresSession) throws -> Int {
        try refusing { try session.query("SELECT sluice.abort_mapping(\(mappingID), \(requestedBy)) AS jobs")[0].decode("jobs") }
    }

    /// Runs what may be refused by a function of the database, whose refusals have a SQLSTATE of their own.
    ///
    /// - Throws: `CatalogError` for a refusal; what `body` throws else.
    static func refusing<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as PostgresError {
            switch error.sqlState {
            case "SL404": throw CatalogError(code: .notFound, message: error.message)
            case "SL409": throw CatalogError(code: .conflict, message: error.message)
            case "SL429":
                throw CatalogError(
                    code: .limited, message: error.message, retryAfter: .seconds(error.detail.flatMap { Int($0) } ?? 60))
            default: throw error
            }
        }
    }
}
