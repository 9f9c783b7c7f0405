public import Foundation
public import JobQueue

// The jobs of the product. A unique key makes asking for what already waits a no-op; an exclusive key keeps two readers off one
// mapping and two writers off one connection.
extension NewJob {
    /// Applies an export file. Imports of one connection run one after another, none is skipped.
    ///
    /// - Throws: `EncodingError`.
    public static func importConfiguration(_ connectionID: UUID, export: String, leaves: ConnectionState, requestedBy: String) throws
        -> NewJob
    {
        try NewJob(
            kind: JobKind.importConfiguration.rawValue, connectionID: connectionID,
            args: ImportArgs(export: export, leaves: leaves, requestedBy: requestedBy), priority: 10,
            exclusiveKey: "import:\(connectionID.uuidString.lowercased())")
    }

    /// Loads or reloads a mapping's table.
    ///
    /// - Throws: `EncodingError`.
    public static func load(_ mapping: Mapping, reason: LoadArgs.Reason, requestedBy: String? = nil) throws -> NewJob {
        try load(mapping.id, connectionID: mapping.connectionID, reason: reason, requestedBy: requestedBy)
    }

    /// Loads or reloads a mapping's table, or compares its ids, which answers no request for a load.
    ///
    /// - Throws: `EncodingError`.
    public static func load(_ mappingID: UUID, connectionID: UUID, reason: LoadArgs.Reason, requestedBy: String? = nil) throws -> NewJob {
        try NewJob(
            kind: JobKind.load.rawValue, connectionID: connectionID, mappingID: mappingID,
            args: LoadArgs(reason: reason, requestedBy: requestedBy), priority: 50, maxAttempts: attemptsOfADay,
            uniqueKey: "\(reason == .deletes ? "compare" : "load"):\(mappingID.uuidString.lowercased())",
            exclusiveKey: readKey(mappingID))
    }

    /// Reads all records beside polling, for values that change without a stamp; a load that somebody asks for does not wait for it.
    ///
    /// - Throws: `EncodingError`.
    public static func refresh(_ mappingID: UUID, connectionID: UUID) throws -> NewJob {
        try NewJob(
            kind: JobKind.load.rawValue, connectionID: connectionID, mappingID: mappingID, args: LoadArgs(reason: .refresh), priority: 70,
            maxAttempts: attemptsOfADay, uniqueKey: "refresh:\(mappingID.uuidString.lowercased())", exclusiveKey: readKey(mappingID))
    }

    /// Brings a page of a bulk load into the staging table; pages of one load run beside each other.
    ///
    /// - Parameter isChained: says that only the page itself tells where the next begins.
    /// - Throws: `EncodingError`.
    public static func loadPage(
        _ page: LoadPage, loadJobID: Int64, bulkJobID: String, isChained: Bool = false, mappingID: UUID, connectionID: UUID
    ) throws -> NewJob {
        try NewJob(
            kind: JobKind.loadPage.rawValue, connectionID: connectionID, mappingID: mappingID,
            args: LoadPageArgs(
                loadJobID: loadJobID, bulkJobID: bulkJobID, number: page.number, locator: page.locator, isChained: isChained ? true : nil),
            priority: 60, maxAttempts: attemptsOfADay)
    }

    /// Reads what changed at Salesforce.
    ///
    /// - Throws: `EncodingError`.
    public static func poll(_ mapping: Mapping, requestedBy: String? = nil) throws -> NewJob {
        try poll(mapping.id, connectionID: mapping.connectionID, requestedBy: requestedBy)
    }

    /// Reads what changed at Salesforce.
    ///
    /// - Throws: `EncodingError`.
    public static func poll(_ mappingID: UUID, connectionID: UUID, requestedBy: String? = nil) throws -> NewJob {
        try NewJob(
            kind: JobKind.poll.rawValue, connectionID: connectionID, mappingID: mappingID, args: PollArgs(requestedBy: requestedBy),
            priority: 40,
            uniqueKey: "poll:\(mappingID.uuidString.lowercased())", exclusiveKey: readKey(mappingID))
    }

    /// Writes what the trigger log holds to Salesforce.
    ///
    /// - Throws: `EncodingError`.
    public static func write(_ connectionID: UUID, requestedBy: String? = nil) throws -> NewJob {
        let key = "write:\(connectionID.uuidString.lowercased())"
        return try NewJob(
            kind: JobKind.write.rawValue, connectionID: connectionID, args: WriteArgs(requestedBy: requestedBy), priority: 20,
            uniqueKey: key,
            exclusiveKey: key)
    }

    /// Sweeps up; one after another, and none is asked for while one waits.
    ///
    /// - Throws: `EncodingError`.
    public static func housekeeping(_ task: HousekeepingArgs.Task) throws -> NewJob {
        let key = "housekeeping:\(task.rawValue)"
        return try NewJob(
            kind: JobKind.housekeeping.rawValue, args: HousekeepingArgs(task: task), priority: 150, timeout: .seconds(600), maxAttempts: 3,
            uniqueKey: key, exclusiveKey: key)
    }

    /// Asks Salesforce what an object is made of. Somebody waits for it.
    ///
    /// - Throws: `EncodingError`.
    public static func describe(_ connectionID: UUID, object: String, apiVersion: String) throws -> NewJob {
        try NewJob(
            kind: JobKind.describe.rawValue, connectionID: connectionID, args: DescribeArgs(object: object, apiVersion: apiVersion),
            priority: 0,
            timeout: .seconds(120), maxAttempts: 3,
            uniqueKey: "describe:\(connectionID.uuidString.lowercased()):\(apiVersion):\(object.lowercased())")
    }

    /// Looks whether a connection, one of its mappings, or one that it may get is in order. Somebody waits for it.
    ///
    /// - Throws: `EncodingError`.
    public static func diagnose(_ connectionID: UUID, mapping: UUID? = nil, draft: MappingDraft? = nil, inquiry: UUID) throws -> NewJob {
        try NewJob(
            kind: JobKind.diagnose.rawValue, connectionID: connectionID, mappingID: mapping,
            args: DiagnoseArgs(inquiry: inquiry, mapping: mapping, draft: draft), priority: 0, timeout: .seconds(300), maxAttempts: 3)
    }

    /// Compares what mappings read in two API versions. Somebody waits for it.
    ///
    /// - Throws: `EncodingError`.
    public static func compareVersions(_ connectionID: UUID, target: String, inquiry: UUID) throws -> NewJob {
        try NewJob(
            kind: JobKind.compareVersions.rawValue, connectionID: connectionID, args: CompareVersionsArgs(inquiry: inquiry, target: target),
            priority: 0, timeout: .seconds(300), maxAttempts: 3)
    }

    /// A load outlives an outage of a day: with pauses that grow to ten minutes, so many attempts take longer.
    private static let attemptsOfADay = 160

    /// One reader a mapping: a load and a poll never run at the same time.
    private static func readKey(_ mappingID: UUID) -> String { "read:\(mappingID.uuidString.lowercased())" }
}
