public import Catalog
import JobQueue
import MappedSchema
import Postgres
import Salesforce

/// What an error means for the job that met it, for its mapping and for its connection. A value without I/O.
public struct Failure: Error, Sendable, Hashable {
    /// What can be done.
    public enum Meaning: Sendable, Hashable {
        /// The same may work later with nothing changed: an outage, a lock, a time-out.
        case passes
        /// The org has used up its calls: the same works later, after a longer rest.
        case rests
        /// The same will fail again until somebody changes the mapping, its table or its object.
        case endsMapping(MappingState)
        /// Nothing of the connection works until somebody changes its login or its database.
        case endsConnection(ConnectionState)
        /// What the job was about is gone.
        case removed
    }

    /// What can be done.
    public let meaning: Meaning
    /// What happened, for people.
    public let reason: String
    /// The same for two failures of one kind, whatever row or statement met them.
    public let cause: String
    /// Whether the table lacks something that a load makes anew.
    public let needsLoad: Bool

    /// Says what an error means. One that nobody foresaw passes: the job's attempts are its limit.
    public init(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as PostgresError:
            self.init(error.meaning, "\(error)", cause: error.cause, needsLoad: error.isMendedByLoad)
        case let error as SalesforceError:
            self.init(error.meaning, error.reason, cause: error.cause)
        case let error as SyncError:
            self.init(error.meaning, error.message, cause: "\(error.code)\(error.meaning == .passes ? "" : ": \(error.message)")")
        case let error as MappedSchemaError:
            self.init(error.meaning, error.message, cause: "\(error.code)\(error.meaning == .passes ? "" : ": \(error.message)")")
        case JobFailure.permanent(let reason):
            self.init(.endsMapping(.systemError), reason, cause: reason)
        case JobFailure.retry(_, let reason):
            self.init(.passes, reason, cause: reason)
        default:
            self.init(.passes, "\(error)", cause: "\(type(of: error))")
        }
    }

    /// What a load has met in one of its pages.
    init?(_ trouble: MappingTrouble) {
        guard let state = trouble.state else { return nil }
        self.init(.endsMapping(state), trouble.reason, cause: trouble.cause, needsLoad: trouble.needsLoad)
    }

    private init(_ meaning: Meaning, _ reason: String, cause: String, needsLoad: Bool = false) {
        self.meaning = meaning
        self.reason = reason
        self.cause = cause
        self.needsLoad = needsLoad
    }

    /// Whether trying again, by itself, may help.
    public var isRetryable: Bool { meaning == .passes || meaning == .rests }
}
