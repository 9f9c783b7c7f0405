public import Foundation
import Postgres

/// What keeps a connection's writes from Salesforce on purpose.
public struct WriteSwitches: Sendable, Hashable {
    /// What becomes of changes.
    public enum Mode: String, Sendable, Hashable, CaseIterable {
        /// They are written.
        case on
        /// They wait; reading goes on.
        case paused
        /// None is ever written: what is captured ends as READONLY.
        case readOnly = "read_only"
        /// They wait, and a report says what would be sent.
        case dryRun = "dry_run"
    }

    /// What becomes of changes.
    public var mode = Mode.on
    /// Deletes written in an hour, at most; nil is any number.
    public var deletesPerHour: Int?
    /// What was deleted before this moment goes out whatever the limit.
    public internal(set) var deletesAllowedAt: Date?
    /// Since when deletes wait for a person.
    public internal(set) var deletesStoppedAt: Date?
    /// The last dry run's report, JSON text.
    public internal(set) var dryRun: String?
    /// When that was made.
    public internal(set) var dryRunAt: Date?

    /// Writes go out.
    public init() {}

    init(row: PostgresRow) throws {
        let name: String = try row.decode("mode")
        guard let mode = Mode(rawValue: name) else {
            throw CatalogError(code: .corrupt, message: "write_switches has the unknown mode \(name)")
        }
        self.mode = mode
        deletesPerHour = try row.decodeIfPresent("deletes_per_hour")
        deletesAllowedAt = try row.decodeIfPresent("deletes_allowed_at")
        deletesStoppedAt = try row.decodeIfPresent("deletes_stopped_at")
        dryRun = try row.decodeIfPresent("dry_run")
        dryRunAt = try row.decodeIfPresent("dry_run_at")
    }
}
