public import Foundation
public import JobQueue

/// Arguments of a `poll_many` job.
public struct PollManyArgs: Codable, Sendable, Hashable {
    /// The mappings, all of one connection.
    public let mappings: [UUID]

    /// Arguments.
    public init(mappings: [UUID]) { self.mappings = mappings }
}

extension NewJob {
    /// Looks at many mappings of a connection at once.
    ///
    /// - Throws: `EncodingError`.
    public static func pollMany(_ mappings: [UUID], connectionID: UUID) throws -> NewJob {
        try NewJob(
            kind: JobKind.pollMany.rawValue, connectionID: connectionID, args: PollManyArgs(mappings: mappings), priority: 40,
            exclusiveKey: "poll_many:\(connectionID.uuidString.lowercased())")
    }
}
