import ArgumentParser
import Foundation

/// What a synthetic job is to do.
struct ProbeArgs: Codable, Sendable {
    /// How long it waits, as a call to Salesforce would.
    var ms = 0
    /// How many of its attempts fail.
    var fail = 0
    /// Whether it kills its process, as a fault of memory would.
    var crash = false
    /// When it was enqueued, in seconds since 1970, for those who measure latency.
    var at: Double?

    init(ms: Int = 0, fail: Int = 0, crash: Bool = false, at: Double? = nil) {
        self.ms = ms
        self.fail = fail
        self.crash = crash
        self.at = at
    }

    // Every key may be missing, so that jobs can be enqueued by hand in SQL.
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        ms = try container.decodeIfPresent(Int.self, forKey: .ms) ?? 0
        fail = try container.decodeIfPresent(Int.self, forKey: .fail) ?? 0
        crash = try container.decodeIfPresent(Bool.self, forKey: .crash) ?? false
        at = try container.decodeIfPresent(Double.self, forKey: .at)
    }
}

extension ProbeArgs {
    /// A connection's id from the command line.
    static func connection(_ text: String) throws -> UUID {
        guard let id = UUID(uuidString: text) else { throw ValidationError("--connection \(text): expected a UUID") }
        return id
    }
}
