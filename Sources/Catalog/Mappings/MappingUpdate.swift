public import Foundation

/// Changes to a mapping's record; what is nil stays as it is. Times are the database's own.
public struct MappingUpdate: Sendable {
    /// When the next poll is due.
    public enum NextPoll: Sendable, Hashable {
        /// After the mapping's own polling interval.
        case afterInterval
        /// After this long.
        case after(Duration)
        /// Not at all, until somebody says otherwise.
        case never
    }

    /// Something that happened just now.
    public enum Moment: String, Sendable, Hashable {
        /// Salesforce was read.
        case sfPolled = "sf_polled_at"
        /// Salesforce was written.
        case sfWritten = "sf_written_at"
        /// The trigger log was read.
        case dbPolled = "db_polled_at"
        /// The table was written.
        case dbWritten = "db_written_at"
    }

    /// The state. Where it would say that all is well and some trouble stands, it is the trouble's.
    public var state: MappingState?
    /// Why the state; ignored without a state. With a state and without this, what stands of troubles takes its place.
    public var stateDescription: String?
    /// Everything stamped before this is in the table.
    public var watermark: Date?
    /// Everything deleted before this is gone from the table.
    public var deleteWatermark: Date?
    /// When the next poll is due.
    public var nextPoll: NextPoll?
    /// The table's shape, JSON text.
    public var tableSchema: String?
    /// Rows of the table, counted now.
    public var dbCount: Int?
    /// Rows added to (or, negative, removed from) the table since it was counted; ignored with `dbCount`.
    public var dbCountChange: Int?
    /// Records at Salesforce, counted now.
    public var sfCount: Int?
    /// How `sfCount` was come by; ignored without it.
    public var sfCountKind: CountKind
    /// How `dbCount` was come by; ignored without it.
    public var dbCountKind: CountKind = .exact
    /// Whether the org cannot count the records: then there is no count, and `sfCount` is ignored.
    public var isUncountable = false
    /// Every commit of the org up to this moment is in the table, whatever its stamps.
    public var completeWatermark: Date?
    /// Whether the object was described just now, or has not changed since it was.
    public var isDescribed = false
    /// The `Last-Modified` of the object's describe.
    public var describeDate: String?
    /// Changes waiting to be written.
    public var pendingWrites: Int?
    /// Changes that could not be written.
    public var erroredWrites: Int?
    /// Changes more (or, negative, less) that wait to be written since they were counted; ignored with `pendingWrites`.
    public var pendingWritesChange: Int?
    /// Changes more that could not be written since they were counted; ignored with `erroredWrites`.
    public var erroredWritesChange: Int?
    /// What happened just now.
    public var moments: Set<Moment>
    /// Kinds of jobs that work again: their troubles are over.
    public var solved: Set<JobKind>

    /// Changes; what is not named stays as it is.
    public init(
        state: MappingState? = nil, stateDescription: String? = nil, watermark: Date? = nil, deleteWatermark: Date? = nil,
        nextPoll: NextPoll? = nil, tableSchema: String? = nil, dbCount: Int? = nil, dbCountChange: Int? = nil, sfCount: Int? = nil,
        sfCountKind: CountKind = .exact, pendingWrites: Int? = nil, erroredWrites: Int? = nil, pendingWritesChange: Int? = nil,
        erroredWritesChange: Int? = nil, moments: Set<Moment> = [],
        solved: Set<JobKind> = []
    ) {
        self.state = state
        self.stateDescription = stateDescription
        self.watermark = watermark
        self.deleteWatermark = deleteWatermark
        self.nextPoll = nextPoll
        self.tableSchema = tableSchema
        self.dbCount = dbCount
        self.dbCountChange = dbCountChange
        self.sfCount = sfCount
        self.sfCountKind = sfCountKind
        self.pendingWrites = pendingWrites
        self.erroredWrites = erroredWrites
        self.pendingWritesChange = pendingWritesChange
        self.erroredWritesChange = erroredWritesChange
        self.moments = moments
        self.solved = solved
    }
}
