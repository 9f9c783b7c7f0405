public import Foundation
public import JobQueue

// Short jobs that somebody waits for go first.
extension NewJob {
    /// Compares rows with their records.
    ///
    /// - Throws: `EncodingError`.
    public static func explore(_ mapping: Mapping, _ args: ExploreArgs) throws -> NewJob {
        try NewJob(
            kind: JobKind.explore.rawValue, connectionID: mapping.connectionID, mappingID: mapping.id, args: args, priority: 0,
            timeout: .seconds(60), maxAttempts: 1)
    }

    /// Compares a whole mapping with its object; between its steps others read it.
    ///
    /// - Throws: `EncodingError`.
    public static func verify(_ mapping: Mapping, repairs: Bool, requestedBy: String) throws -> NewJob {
        try verify(mapping.id, connectionID: mapping.connectionID, repairs: repairs, requestedBy: requestedBy)
    }

    /// The same.
    ///
    /// - Throws: `EncodingError`.
    static func verify(_ mappingID: UUID, connectionID: UUID, repairs: Bool, requestedBy: String) throws -> NewJob {
        let id = mappingID.uuidString.lowercased()
        return try NewJob(
            kind: JobKind.verify.rawValue, connectionID: connectionID, mappingID: mappingID,
            args: VerifyArgs(repairs: repairs, requestedBy: requestedBy), priority: 80, timeout: .seconds(4 * 3600),
            uniqueKey: "verify:\(id)",
            exclusiveKey: "read:\(id)")
    }

    /// Lists the org's objects.
    ///
    /// - Throws: `EncodingError`.
    public static func listObjects(_ connectionID: UUID) throws -> NewJob {
        try NewJob(
            kind: JobKind.listObjects.rawValue, connectionID: connectionID, priority: 0, timeout: .seconds(60), maxAttempts: 1,
            uniqueKey: "list_objects:\(connectionID.uuidString.lowercased())")
    }

    /// Takes a connection away.
    ///
    /// - Throws: `EncodingError`.
    public static func deleteConnection(_ connectionID: UUID, requestedBy: String) throws -> NewJob {
        let key = "delete:\(connectionID.uuidString.lowercased())"
        return try NewJob(
            kind: JobKind.deleteConnection.rawValue, connectionID: connectionID, args: DeleteConnectionArgs(requestedBy: requestedBy),
            priority: 5, timeout: .seconds(300), uniqueKey: key, exclusiveKey: key)
    }

    /// Tells an outlet what waits for it, one job an outlet at a time.
    ///
    /// - Throws: `EncodingError`.
    public static func deliver(_ outlet: UUID, connectionID: UUID) throws -> NewJob {
        let key = "deliver:\(outlet.uuidString.lowercased())"
        return try NewJob(
            kind: JobKind.deliver.rawValue, connectionID: connectionID, args: DeliverArgs(outlet: outlet), priority: 30,
            timeout: .seconds(120), uniqueKey: key, exclusiveKey: key)
    }
}
