public import Foundation

/// Arguments of an `import` job.
public struct ImportArgs: Codable, Sendable, Hashable {
    /// The whole export file, as it was posted.
    public let export: String
    /// The state in which the connection is left.
    public let leaves: ConnectionState
    /// Who asked.
    public let requestedBy: String

    /// Arguments.
    public init(export: String, leaves: ConnectionState, requestedBy: String) {
        self.export = export
        self.leaves = leaves
        self.requestedBy = requestedBy
    }
}

/// Arguments of a `load` job.
public struct LoadArgs: Codable, Sendable, Hashable {
    /// Why a table is loaded.
    public enum Reason: String, Codable, Sendable, Hashable {
        /// The mapping is new.
        case initial
        /// Somebody asked for a reload.
        case reload
        /// Fields were added, so that their columns must be filled.
        case columns
        /// Values change without a stamp, as those of formulas do: all records are read, beside polling.
        case refresh
        /// The org's log of deletes does not reach back: all ids are compared.
        case deletes
    }

    /// Why.
    public let reason: Reason
    /// Who asked; nil for the system itself.
    public let requestedBy: String?

    /// Arguments.
    public init(reason: Reason, requestedBy: String? = nil) {
        self.reason = reason
        self.requestedBy = requestedBy
    }
}

/// Arguments of a `load_page` job.
public struct LoadPageArgs: Codable, Sendable, Hashable {
    /// The `load` job that the page belongs to.
    public let loadJobID: Int64
    /// Salesforce's id of the query job: a load that started over has another, and this page is not its page any more.
    public let bulkJobID: String
    /// The page's place, from 0.
    public let number: Int
    /// Salesforce's locator of the page; the first has none.
    public let locator: String?
    /// Whether only the page itself tells where the next begins: versions of the API before 58.0 have no list of pages.
    public let isChained: Bool?

    /// Arguments.
    public init(loadJobID: Int64, bulkJobID: String, number: Int, locator: String?, isChained: Bool? = nil) {
        self.isChained = isChained
        self.loadJobID = loadJobID
        self.bulkJobID = bulkJobID
        self.number = number
        self.locator = locator
    }
}

/// Arguments of a `poll` job.
public struct PollArgs: Codable, Sendable, Hashable {
    /// What asks where change events cannot be read by themselves.
    package static let changeEvents = "change events"

    /// Who asked; nil for the schedule.
    public let requestedBy: String?

    /// Whether somebody waits for it.
    public var isAskedFor: Bool { requestedBy != nil && requestedBy != Self.changeEvents }

    /// Arguments.
    public init(requestedBy: String? = nil) {
        self.requestedBy = requestedBy
    }
}

/// Arguments of a `housekeeping` job.
public struct HousekeepingArgs: Codable, Sendable, Hashable {
    /// What is swept up.
    public enum Task: String, Codable, Sendable, Hashable {
        /// What has been kept long enough: finished jobs, fired slots, events.
        case prune
        /// Jobs that wait although no worker knows their kind.
        case unclaimed
    }

    /// What is swept up.
    public let task: Task

    /// Arguments.
    public init(task: Task) {
        self.task = task
    }
}

/// Arguments of a `write` job.
public struct WriteArgs: Codable, Sendable, Hashable {
    /// Who asked; nil for the schedule and for notifications.
    public let requestedBy: String?

    /// Arguments.
    public init(requestedBy: String? = nil) {
        self.requestedBy = requestedBy
    }
}

/// Arguments of a `describe` job.
public struct DescribeArgs: Codable, Sendable, Hashable {
    /// The object.
    public let object: String
    /// The API version to ask in, such as `60.0`.
    public let apiVersion: String

    /// Arguments.
    public init(object: String, apiVersion: String) {
        self.object = object
        self.apiVersion = apiVersion
    }
}

/// Arguments of a `diagnose` job.
public struct DiagnoseArgs: Codable, Sendable, Hashable {
    /// The inquiry that it answers.
    public let inquiry: UUID
    /// The one mapping to look at; nil is all of them, and the connection itself.
    public let mapping: UUID?
    /// A mapping as somebody thinks of making it, which is looked at instead; nil for those that there are.
    public let draft: MappingDraft?

    /// Arguments.
    public init(inquiry: UUID, mapping: UUID? = nil, draft: MappingDraft? = nil) {
        self.inquiry = inquiry
        self.mapping = mapping
        self.draft = draft
    }
}

/// A mapping that nobody has made yet.
public struct MappingDraft: Codable, Sendable, Hashable {
    /// The object.
    public let objectName: String
    /// Its configuration, JSON text.
    public let config: String

    /// A mapping of an object.
    public init(objectName: String, config: MappingConfig) {
        self.objectName = objectName
        self.config = config.json
    }
}

/// Arguments of a `compare_versions` job.
public struct CompareVersionsArgs: Codable, Sendable, Hashable {
    /// The inquiry that it answers.
    public let inquiry: UUID
    /// The version to compare the connection's with, such as `61.0`.
    public let target: String

    /// Arguments.
    public init(inquiry: UUID, target: String) {
        self.inquiry = inquiry
        self.target = target
    }
}
