public import Catalog
public import Foundation
public import JobQueue
import MappedSchema
import Postgres
import Salesforce

/// Looks at many mappings of a connection at once whether anything has changed: in most, at most times, nothing has, and one call tells so of a dozen of
/// them. Their watermarks move; all others, and those of which one call tells too little, get a poll of their own, which says what is in its way.
public struct PackedPollStep: Sendable {
    private let scope: SyncScope
    private let mappings: [Mapping]
    private let resting: Set<UUID>

    /// A look at some mappings of one connection.
    ///
    /// - Parameter resting: those that no call is to be spent on.
    public init(scope: SyncScope, mappings: [Mapping], resting: Set<UUID> = []) {
        self.scope = scope
        self.mappings = mappings
        self.resting = resting
    }

    /// A mapping, and what is asked of it.
    struct Look: Sendable {
        let mapping: Mapping
        let watermark: Date
        let window: PollWindow
        let questions: [BatchQuestion]
        /// Where the part of the delete log begins that is asked for; nil when none is.
        let deletesFrom: Date?

        /// Nil for a mapping that needs a poll of its own.
        ///
        /// - Parameter now: what Salesforce's clock shows.
        init?(_ mapping: Mapping, now: Date) throws {
            guard let table = try mapping.table(), let watermark = mapping.watermark, let stamp = table.stampColumn,
                mapping.state == .dataSynced, mapping.stateDescription == nil, mapping.describeDate != nil
            else { return nil }
            self.mapping = mapping
            self.watermark = watermark
            window = PollWindow.after(watermark: watermark, complete: mapping.completeWatermark)
            // Without the row filter: a record that has left it is a change, too.
            let soql =
                try SOQL.select(["Id"], from: table.objectName)
                + " WHERE \(try SOQL.identifier(stamp.field)) >= \(SOQL.literal(window.lower)) LIMIT 1"
            var questions: [BatchQuestion] = [.finds(soql: soql, includeDeleted: table.hasIsDeleted)]
            let from = (mapping.deleteWatermark ?? watermark).addingTimeInterval(-120)
            if now.timeIntervalSince(from) > 240 {
                questions.append(.deleted(object: table.objectName, from: from, to: now))
                deletesFrom = from
            } else {
                deletesFrom = nil
            }
            self.questions = questions
        }

        /// What it comes to when nothing has changed; nil when something has, or nobody can say.
        ///
        /// - Parameter serverTime: Salesforce's clock when it was asked, at the latest.
        func quiet(_ answers: [BatchAnswer], serverTime: Date, isDescribed: Bool) -> QuietPoll? {
            guard answers.count == questions.count, answers.first == .finds(false) else { return nil }
            let upper = PollWindow.upper(watermark: watermark, serverTime: serverTime)
            var until: Date?
            if let deletesFrom {
                guard case .deleted(false, let earliest, let covered) = answers[1], earliest <= deletesFrom else { return nil }
                until = min(covered, upper)
            }
            return QuietPoll(
                mapping: mapping.id, before: watermark, watermark: upper, isWide: window.isWide, deletesUntil: until,
                isDescribed: isDescribed)
        }
    }

    /// Looks, and has the others polled.
    ///
    /// - Throws: `SalesforceError`, `PostgresError`, `LeaseLost`.
    public func run() async throws -> JobOutcome {
        let now = try await scope.salesforce.serverDate()
        let looks = try mappings.filter { !resting.contains($0.id) }.compactMap { try Look($0, now: now) }
        var quiet: [QuietPoll] = []
        for pack in Self.packs(looks) { quiet += try await ask(pack) }
        let still = Set(quiet.map(\.mapping))
        let rest = mappings.filter { !still.contains($0.id) }
        let jobs = try rest.map { try NewJob.poll($0) }
        return try await scope.end { [quiet] session in
            try CatalogStore.noteQuiet(quiet, in: session)
            _ = try JobQueue.enqueue(jobs, in: session)
            return "\(quiet.count) of \(mappings.count) mappings unchanged, the others are polled"
        }
    }

    /// As many as one call takes.
    static func packs(_ looks: [Look]) -> [[Look]] {
        var packs: [[Look]] = [[]]
        var size = 0
        for look in looks {
            if size + look.questions.count > SalesforceClient.mostInBatch {
                packs.append([])
                size = 0
            }
            packs[packs.count - 1].append(look)
            size += look.questions.count
        }
        return packs.filter { !$0.isEmpty }
    }

    private func ask(_ pack: [Look]) async throws -> [QuietPoll] {
        let began = ContinuousClock.now
        let (answers, serverDate) = try await scope.salesforce.ask(pack.flatMap(\.questions))
        // The first question may have been answered long before the answer's date.
        guard let asked = serverDate?.addingTimeInterval(-(ContinuousClock.now - began).seconds.rounded(.up)) else { return [] }
        var quiet: [QuietPoll] = []
        var place = 0
        for look in pack {
            let own = Array(answers[place..<place + look.questions.count])
            place += look.questions.count
            guard look.quiet(own, serverTime: asked, isDescribed: false) != nil,
                try await TableUpkeep(scope: scope, mapping: look.mapping).isSound(), let isDescribed = try await isUnchanged(look.mapping)
            else { continue }
            if let poll = look.quiet(own, serverTime: asked, isDescribed: isDescribed) { quiet.append(poll) }
        }
        return quiet
    }

    /// Whether the object was described just now, because it was time, and is as it was; nil when it has changed.
    private func isUnchanged(_ mapping: Mapping) async throws -> Bool? {
        guard (mapping.describedAt ?? .distantPast).timeIntervalSinceNow < -SchemaWatch.interval else { return false }
        do {
            return try await scope.salesforce.describe(mapping.objectName, ifModifiedSince: mapping.describeDate) == nil ? true : nil
        } catch let error as SalesforceError where error.meansMissingObject {
            return nil
        }
    }
}

extension Duration {
    fileprivate var seconds: TimeInterval { TimeInterval(components.seconds) + TimeInterval(components.attoseconds) / 1e18 }
}
