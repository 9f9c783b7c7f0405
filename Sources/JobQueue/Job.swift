public import Foundation
import Postgres

/// A claimed job, with the lease under which this process runs it.
public struct Job: Sendable, Identifiable {
    /// The job's id, as people see it.
    public let id: Int64
    /// Which handler runs it.
    public let kind: String
    /// The connection it belongs to.
    public let connectionID: UUID?
    /// The mapping it belongs to.
    public let mappingID: UUID?
    /// The arguments, JSON text.
    public let args: String
    /// The last checkpoint, JSON text; nil before the first.
    public let progress: String?
    /// This attempt's number, from 1.
    public let attempt: Int
    /// Attempts before the job counts as failed.
    public let maxAttempts: Int
    /// The lease: every statement about this job names its token.
    public let lease: Lease

    init(row: PostgresRow) throws {
        id = try row.decode("id")
        kind = try row.decode("kind")
        connectionID = try row.decodeIfPresent("connection_id")
        mappingID = try row.decodeIfPresent("mapping_id")
        args = try row.decode("args")
        let saved: String? = try row.decodeIfPresent("progress")
        progress = saved == "null" ? nil : saved
        attempt = try row.decode("attempt")
        maxAttempts = try row.decode("max_attempts")
        lease = Lease(jobID: id, token: try row.decode("lease_token"))
    }

    /// Reads the arguments.
    ///
    /// - Throws: `JobFailure.permanent` naming the kind and the key at fault: arguments that cannot be read never will be.
    public func decodeArgs<Args: Decodable>(_ type: Args.Type = Args.self) throws -> Args {
        do {
            return try JSONDecoder().decode(type, from: Data(args.utf8))
        } catch {
            throw JobFailure.permanent("the arguments of this \(kind) job are not \(type): \(error)")
        }
    }

    /// Reads the last checkpoint; nil before the first.
    ///
    /// - Throws: `JobFailure.permanent` when it is not of the type.
    public func decodeProgress<Progress: Decodable>(_ type: Progress.Type = Progress.self) throws -> Progress? {
        guard let progress else { return nil }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        do {
            return try decoder.decode(type, from: Data(progress.utf8))
        } catch {
            throw JobFailure.permanent("the progress of this \(kind) job is not \(type): \(error)")
        }
    }
}

/// The right to run a job: lost when its time passes without renewal.
public struct Lease: Sendable, Hashable {
    /// The job.
    public let jobID: Int64
    /// Issued once by the database for this claim, never again.
    public let token: Int64
}
