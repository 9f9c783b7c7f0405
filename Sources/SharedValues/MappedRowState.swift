/// What rows are shown of a mapping beside their records.
public enum MappedRowState: String, Codable, Sendable, Hashable, CaseIterable {
    /// All of them.
    case any
    /// Those with a record, of which no change waits or failed.
    case synced
    /// Those of which a change waits.
    case pending
    /// Those of which a change failed.
    case failed
    /// Those that differ from their record.
    case different
    /// Those without a record.
    case onlyHere = "only_here"
    /// Records without a row.
    case onlyThere = "only_there"

    /// Whether only a look at Salesforce tells.
    public var needsSalesforce: Bool { [.different, .onlyHere, .onlyThere].contains(self) }
}
