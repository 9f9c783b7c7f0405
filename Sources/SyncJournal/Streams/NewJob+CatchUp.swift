import Catalog
public import Foundation
public import JobQueue

/// Arguments of a `catch_up` job: what it reads stands in `sluice.stream_changes`.
public struct CatchUpArgs: Codable, Sendable, Hashable {
    /// Arguments.
    public init() {}
}

extension NewJob {
    /// Reads the records of which change events told. It goes before polls and loads, which may take long, and beside none of them.
    ///
    /// - Throws: `EncodingError`.
    public static func catchUp(_ mappingID: UUID, connectionID: UUID) throws -> NewJob {
        let id = mappingID.uuidString.lowercased()
        return try NewJob(
            kind: JobKind.catchUp.rawValue, connectionID: connectionID, mappingID: mappingID, args: CatchUpArgs(), priority: 10,
            timeout: .seconds(300), maxAttempts: 5, uniqueKey: "catch_up:\(id)", exclusiveKey: "read:\(id)")
    }
}
