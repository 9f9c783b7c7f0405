package import Foundation

/// What a look at a mapped schema found, before anybody judges it.
package struct MappedSchemaFacts: Sendable, Equatable {
    /// The schema's name.
    package var schema: String
    /// Sluice's role there.
    package var role: String
    /// The target database's clock.
    package var now: Date
    package var exists = true
    /// Where the extension hstore lives; nil where the database lacks it.
    package var hstoreSchema: String? = "public"
    /// Whether the server could install it.
    package var hstoreIsAvailable = true
    /// Whether Sluice's role may make it: it is a trusted extension, for which CREATE on the database is enough.
    package var mayMakeExtension = true
    /// Why this connection may not touch the schema, in words; nil when it may.
    package var foreignOwner: String?
    /// Metadata tables that are not there.
    package var missingMetadata: [String] = []
    /// Rights that Sluice's own role lacks: `CREATE on the schema`.
    package var missingRights: [String] = []
    /// Settings of the database or a role that keep changes from being captured: `xmlbinary=hex of the role app`.
    package var captureSwitches: [String] = []
    package var log: TriggerLogFacts?
    package var tables: [MappedTableFacts] = []

    package init(schema: String, role: String, now: Date) {
        self.schema = schema
        self.role = role
        self.now = now
    }
}

/// What a look at the trigger log found.
package struct TriggerLogFacts: Sendable, Equatable {
    /// The last id that was given out; ids are 32 bits wide, as Heroku Connect's are.
    package var lastID: Int64 = 0
    /// Whether ids are wider.
    package var hasWideIDs = false
    /// Changes that wait, counted up to `countedTo`.
    package var waiting = 0
    /// How long the first of them has waited.
    package var oldestWaitingSeconds: Double = 0
    /// Of log and archive with their indexes.
    package var bytes: Int64 = 0
    package var missingIndexes: [String] = []
    /// Whether new entries announce themselves.
    package var notifies = true
    /// Of log and archive, the tables that autovacuum is told to leave alone.
    package var withoutAutovacuum: [String] = []

    /// How far waiting changes are counted.
    package static let countedTo = 100_000

    package init() {}
}

/// What a look at one mapped table found.
package struct MappedTableFacts: Sendable, Equatable {
    package var objectName: String
    package var table: String
    package var isWritable: Bool
    package var exists = true
    package var missingColumns: [String] = []
    package var triggers: [TriggerFault] = []
    package var missingIndexes: [MissingIndex] = []
    package var withoutAutovacuum = false
    /// The last id that the table's own sequence gave out; nil when it is 64 bits wide, or there is none.
    package var lastID: Int64?
    package var missingRights: [String] = []
    /// Roles that may change rows, but not record that they did.
    package var writers: [WriterFault] = []

    package init(objectName: String, table: String, isWritable: Bool) {
        self.objectName = objectName
        self.table = table
        self.isWritable = isWritable
    }
}

/// What is wrong with a trigger of a mapped table.
package struct TriggerFault: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case missing
        /// `ALTER TABLE … DISABLE TRIGGER`, or fires for replicas only.
        case disabled
        /// Fires at other times, under another condition, or calls another function.
        case redefined
        /// Its function is not the one that Sluice makes.
        case otherFunction
    }

    package let name: String
    package let kind: Kind

    package init(_ name: String, _ kind: Kind) {
        self.name = name
        self.kind = kind
    }
}

/// An index that the mapping asks for and the table lacks.
package struct MissingIndex: Sendable, Equatable {
    package let column: String
    package let isUnique: Bool
    /// Whether there is one that Postgres does not use, because making it broke off.
    package let isInvalid: Bool
    /// Whether values are there more than once, so that it cannot be made; nil when nobody looked.
    package let hasDuplicates: Bool?

    package init(column: String, isUnique: Bool, isInvalid: Bool = false, hasDuplicates: Bool? = nil) {
        self.column = column
        self.isUnique = isUnique
        self.isInvalid = isInvalid
        self.hasDuplicates = hasDuplicates
    }
}

/// A role that may change a mapped table's rows, but lacks what its triggers do in its name.
package struct WriterFault: Sendable, Equatable {
    package let role: String
    /// In the words of GRANT: `INSERT ON "salesforce"."_trigger_log"`.
    package let lacks: [String]

    package init(role: String, lacks: [String]) {
        self.role = role
        self.lacks = lacks
    }
}
