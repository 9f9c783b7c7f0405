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
    /// How long it waited from the moment it could run until it was claimed.
    public let waited: Duration
    /// The lease: every statement about this job names its token.
    public let lease: Lease
}

extension Job {
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
        waited = .microseconds(try row.decode("waited", as: Int64.self))
        lease = Lease(jobID: id, token: try row.decode("lease_token"))
    }

    /// Reads the arguments.
    ///
    /// - Throws: `JobFailure.permanent` naming the kind and the key at fault: arguments that cannot be read never will be.
    public func decodeArgs<Args: Decodable>(_ type: Args.Type = Args.self) throws -> Args {
        do {
            return try JSONDecoder().decode(type, from: Data(args.utf8))
        } catch {
            throw JobFailure.permanent("the arguments of this \(kind) job are not \(type): \(Self.reason(error))")
        }
    }

    /// Checks what all arguments have in common.
    ///
    /// - Throws: `JobFailure.permanent` when they are no object, or of a version that is not known here.
    func checkArgs(upTo known: Int) throws {
        // As Postgres writes jsonb: an object begins with its brace, and a key stands in its quotes.
        guard args.utf8.first == UInt8(ascii: "{") else {
            throw JobFailure.permanent("the arguments of this \(kind) job: expected a JSON object, found \(args.prefix(40))")
        }
        guard args.contains("\"version\"") else { return }
        let version: Versioned = try decodeArgs()
        if let version = version.version, version > known {
            throw JobFailure.permanent(
                "the arguments of this \(kind) job are of version \(version), and this worker knows version \(known) and older: retry it with newer workers"
            )
        }
    }

    private struct Versioned: Decodable {
        let version: Int?
    }

    /// The key at fault and what was expected, in one line.
    private static func reason(_ error: any Error) -> String {
        func place(_ context: DecodingError.Context, _ key: (any CodingKey)? = nil) -> String {
            let path = (context.codingPath + (key.map { [$0] } ?? [])).map(\.stringValue).joined(separator: ".")
            return path.isEmpty ? "the whole" : path
        }
        switch error {
        case DecodingError.keyNotFound(let key, let context): return "\(place(context, key)): missing"
        case DecodingError.valueNotFound(let type, let context): return "\(place(context)): expected \(type), found null"
        case DecodingError.typeMismatch(let type, let context): return "\(place(context)): expected \(type)"
        case DecodingError.dataCorrupted(let context): return "\(place(context)): \(context.debugDescription)"
        default: return "\(error)"
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
            throw JobFailure.permanent("the progress of this \(kind) job is not \(type): \(Self.reason(error))")
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
