import SandboxData
import SandboxStore
import Synchronization

/// How many records each object had when that was counted last. recordCount tells this and not what is there: Salesforce counts at times of its own,
/// and documents its answer as a cached snapshot (REST API guide, "Record Count").
final class RecordStatistics: Sendable {
    private struct Snapshot {
        var takenAt: Int64
        var counts: [String: Int]
    }

    private let org: Org
    private let maximumAge: Int64
    private let snapshot: Mutex<Snapshot>

    /// Counts at once.
    ///
    /// - Parameter maximumAge: Seconds of the org's clock until it is counted again, when somebody asks; 0 counts for every answer.
    init(org: Org, maximumAge: Int) {
        self.org = org
        self.maximumAge = Int64(maximumAge)
        snapshot = Mutex(Self.take(org))
    }

    /// Of each object that is counted at all, in the order of the schema.
    func counts() -> [(name: String, count: Int)] {
        let now = org.clock()
        let counts = snapshot.withLock { snapshot in
            if now - snapshot.takenAt >= maximumAge || now < snapshot.takenAt { snapshot = Self.take(org) }
            return snapshot.counts
        }
        return org.schema.objects.compactMap { object in counts[object.name].map { (object.name, $0) } }
    }

    private static func take(_ org: Org) -> Snapshot {
        let counts = org.read { state in
            state.tables.filter(\.object.isInRecordCount).map { ($0.object.name, $0.liveCount) }
        }
        return Snapshot(takenAt: org.clock(), counts: Dictionary(counts) { $1 })
    }
}
