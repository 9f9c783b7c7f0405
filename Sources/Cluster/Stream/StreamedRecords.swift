import Catalog
import Salesforce
import SyncJournal

/// What events say of records. A value without I/O.
enum StreamedRecords {
    /// Each record once, as the last event that names it tells.
    static func of(_ events: [ChangeEvent]) -> [StreamedChange] {
        var last: [String: StreamedChange] = [:]
        for event in events.sorted(by: { $0.replayID < $1.replayID }) {
            for id in event.recordIDs {
                last[id] = StreamedChange(sfid: id, isDeleted: event.changeType?.isDeletion ?? false, replayID: event.replayID)
            }
        }
        return last.values.sorted { ($0.replayID, $0.sfid) < ($1.replayID, $1.sfid) }
    }

    /// Whether an event names all the records that changed: an overflow does not, and of what this version does not know nobody can tell.
    static func namesAll(_ event: ChangeEvent) -> Bool {
        event.changeType.map { $0 != .gapOverflow } ?? false && !event.recordIDs.isEmpty
    }
}
