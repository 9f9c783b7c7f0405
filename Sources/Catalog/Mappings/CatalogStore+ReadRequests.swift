import Foundation
import JobQueue
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
    /// load can help is that load.
    ///
    /// - Returns: the job that does it.
    /// - Throws: `PostgresError`, `EncodingError`, `CatalogError` with code `.conflict` when workers took the job in the same instant.
    public static func enqueue(_ request: ReadRequest, of mapping: Mapping, requestedBy: String, in session: PostgresSession) throws
        -> Int64
    {
        try JobQueue.bringRetriesForward(mappingID: mapping.id, in: session)
        try retryParkedWrites(mapping.connectionID, mapping: mapping.id, in: session)
        let job =
            try request == .reload || mapping.watermark == nil || needsLoad(mapping, in: session)
            ? NewJob.load(mapping, reason: mapping.watermark == nil ? .initial : .reload, requestedBy: requestedBy)
            : NewJob.poll(mapping, requestedBy: requestedBy)
        guard let id = try JobQueue.enqueueOrBringForward([job], in: session)[0] else {
            throw CatalogError(code: .conflict, message: "the \(job.kind) of \(mapping.objectName) has just begun; ask again")
        }
        return id
    }

    private static func needsLoad(_ mapping: Mapping, in session: PostgresSession) throws -> Bool {
        try !session.query(
            """
            SELECT FROM sluice.mapping_troubles
            WHERE mapping_id = \(mapping.id) AND state IS NOT NULL AND (source = \(JobKind.load.rawValue) OR needs_load) LIMIT 1
            """
        ).isEmpty
    }
}
