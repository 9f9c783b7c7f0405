public import Foundation
public import JobQueue

/// Arguments of an `adopt` job.
public struct AdoptArgs: Codable, Sendable, Hashable {
    /// What is asked for.
    public enum Mode: String, Codable, Sendable, Hashable, CaseIterable {
        /// To be told what would be done.
        case plan
        /// To do it.
        case adopt
        /// To undo it.
        case takeBack = "take_back"
    }

    /// What is asked for.
    public let mode: Mode
    /// The mappings, as `heroku connect:export` wrote them; nil for those that the connection has.
    public let export: String?
    /// Who asked.
    public let requestedBy: String
    /// The inquiry that it answers.
    public let inquiry: UUID?

    /// Arguments.
    public init(mode: Mode, export: String?, requestedBy: String, inquiry: UUID? = nil) {
        self.mode = mode
        self.export = export
        self.requestedBy = requestedBy
        self.inquiry = inquiry
    }
}

extension NewJob {
    /// Plans, makes or takes back the adoption of a connection's schema; one at a time.
    ///
    /// - Throws: `EncodingError`.
    public static func adopt(_ connectionID: UUID, _ args: AdoptArgs) throws -> NewJob {
        try NewJob(
            kind: JobKind.adopt.rawValue, connectionID: connectionID, args: args, priority: 10, timeout: .seconds(3600), maxAttempts: 3,
            exclusiveKey: "adopt:\(connectionID.uuidString.lowercased())")
    }
}
