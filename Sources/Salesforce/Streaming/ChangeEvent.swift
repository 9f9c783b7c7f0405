internal import FoundationEssentials

/// What change data capture tells of a transaction: which records of one object changed in one way. Values are not taken from it: whoever wants them
/// reads the records, which is right whatever has happened since.
public struct ChangeEvent: Sendable, Equatable {
    /// How the records changed. A gap tells of changes whose values Salesforce does not send.
    public enum ChangeType: String, Sendable, Hashable, Decodable {
        case create = "CREATE"
        case update = "UPDATE"
        case delete = "DELETE"
        case undelete = "UNDELETE"
        case gapCreate = "GAP_CREATE"
        case gapUpdate = "GAP_UPDATE"
        case gapDelete = "GAP_DELETE"
        case gapUndelete = "GAP_UNDELETE"
        /// So many changes that Salesforce does not tell them one by one.
        case gapOverflow = "GAP_OVERFLOW"

        /// Whether the records are gone.
        public var isDeletion: Bool { self == .delete || self == .gapDelete }
    }

    /// The channel it came by, such as `/data/AccountChangeEvent`.
    public let channel: String
    /// Its place in the stream; to go on behind it, subscribe with it.
    public let replayID: Int64
    /// How the records changed; nil for what this client does not know, which is as good as an overflow.
    public let changeType: ChangeType?
    /// The records, by ids of 18 characters; empty where the event does not name them one by one.
    public let recordIDs: [String]

    /// The channel of an object's change events.
    public static func channel(ofObject name: String) -> String {
        name.hasSuffix("__c") ? "/data/\(name.dropLast())ChangeEvent" : "/data/\(name)ChangeEvent"
    }

    /// Nil for a message without an event.
    init?(_ message: CometMessage) {
        guard let data = message.data, let replayID = data.event?.replayId else { return nil }
        channel = message.channel
        self.replayID = replayID
        let header = data.payload?.header
        changeType = header?.changeType.flatMap(ChangeType.init(rawValue:))
        // An overflow names its object by a wildcard.
        let ids = header?.recordIds ?? []
        recordIDs = ids.allSatisfy { $0.utf8.count == 18 || $0.utf8.count == 15 } ? ids : []
    }
}
