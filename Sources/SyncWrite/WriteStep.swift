public import Catalog
import Foundation
public import JobQueue
import LoggedChanges
import MappedSchema
import Postgres
import Salesforce
public import Sync
import SyncJournal

/// Writes a connection's captured changes to Salesforce until none waits. A table that cannot be written is parked, with what is wrong, until
/// its next try; the others go on.
public struct WriteStep: Sendable {
    /// Calls under way at a time, where nothing else is said.
    public static let defaultCalls = 4
    /// Changes of one table and action from which on they go by a bulk job.
    public static let defaultLongRun = 10_000
    /// How long changes rest that met what can pass, the first time; each time after it twice as long.
    private static let rest = Duration.seconds(2)
    /// How long a bulk job is left to itself that goes on for longer than a run.
    private static let ingestPause = Duration.seconds(5)
    /// How long jobs are left to themselves that were begun when the lanes were others.
    private static let lanesPause = Duration.seconds(1)

    let scope: SyncScope
    let mappings: [String: Mapping]
    let log: TriggerLog
    let calls: Int
    let longRun: Int

    /// How often in a row a run left changes to a later one.
    private struct Checkpoint: Codable {
        let postponed: Int
    }

    /// A write of one connection.
    ///
    /// - Parameters:
    ///   - mappings: all of the connection's mappings; those never loaded have no table yet and no changes.
    ///   - calls: calls under way at a time.
    ///   - longRun: changes of one table and action from which on they go by a bulk job.
    public init(scope: SyncScope, mappings: [Mapping], calls: Int = Self.defaultCalls, longRun: Int = Self.defaultLongRun) {
        self.scope = scope
        self.mappings = Dictionary(uniqueKeysWithValues: mappings.map { ($0.tableName, $0) })
        self.calls = max(calls, 1)
        self.longRun = longRun
        log = TriggerLog(schema: scope.connection.schemaName)
    }

    /// Writes what waits.
    ///
    /// - Throws: `SalesforceError`, `PostgresError`, `LeaseLost`.
    public func run() async throws -> JobOutcome {
        try await endUnmapped()
        guard !mappings.values.allSatisfy({ $0.tableSchema == nil }) else { return .completed("nothing is mapped yet") }
        let switches = try await scope.catalog.writeSwitches(scope.connection.id)
        switch switches.mode {
        case .on: return try await write(switches)
        case .paused:
            try await updateCounts()
            return .completed("writes are paused")
        case .readOnly:
            let all = Array(mappings.keys)
            try await scope.target.transaction(under: scope.lease) { [log] in
                try log.setAside(tables: all, because: "the connection is read-only", in: $0)
            }
            try await updateCounts()
            return .completed("the connection is read-only")
        case .dryRun: return try await tryDry()
        }
    }

    /// Says what would be sent.
    private func tryDry() async throws -> JobOutcome {
        try await updateCounts()
        let tables = try await openTables(Set(mappings.keys)).tables
        let entries = try await scope.target.pool.withSession { [log] in
            try log.waiting(tables: tables, after: 0, limit: DryRun.limit, in: $0)
        }
        let report = DryRun(tables: tables, isOrdered: scope.connection.features.writesInOrder)
            .report(entries, isComplete: entries.count < DryRun.limit)
        try await scope.catalog.storeDryRun(scope.connection.id, report: report.text)
        return .completed("dry run: \(entries.count) changes looked at, nothing was sent")
    }

    /// Writes what waits of some tables, beside those who write others.
    ///
    /// - Throws: `SalesforceError`, `PostgresError`, `LeaseLost`.
    public func run(lane: [String]) async throws -> JobOutcome {
        let switches = try await scope.catalog.writeSwitches(scope.connection.id)
        // What has changed since the lane was begun is looked at by who begins lanes.
        guard switches.mode == .on, WriteLanes(writableTables).lanes.contains(lane) else {
            _ = try await scope.context.queue.enqueue([try .write(scope.connection.id)])
            return .completed("the connection's settings or mappings are others by now")
        }
        return try await write(Set(lane), switches, try await updateCounts(of: Set(lane)))
    }

    private func write(_ switches: WriteSwitches) async throws -> JobOutcome {
        let schema = scope.connection.schemaName
        try await scope.target.transaction(under: scope.lease) { try TargetMetadata.complete(schema: schema, in: $0) }
        let readOnly = mappings.values.filter { $0.config.access != .readWrite }.map(\.tableName)
        let isOrdered = scope.connection.features.writesInOrder
        try await scope.target.transaction(under: scope.lease) { [log] session in
            try log.setAside(tables: readOnly, because: "the mapping is read-only", in: session)
            try log.reviveDeletions(inOrder: isOrdered, in: session)
        }
        try await scope.target.pool.withSession { [log] in try log.refreshStatistics(in: $0) }
        let counts = try await updateCounts()
        let live = try await scope.catalog.liveLanes(of: scope.connection.id)
        let plan = WriteLanes(writableTables).plan(waiting: counts.mapValues(\.pending), live: live)
        switch plan {
        case .writeAll: return try await write(Set(mappings.keys), switches, counts)
        case .wait: return .snooze(Self.lanesPause)
        case .begin(let lanes):
            // Those that no lane has, since their shapes cannot be read, say so.
            _ = try await openTables(Set(mappings.keys))
            try await scope.catalog.beginLanes(lanes, of: scope.connection.id, under: scope.lease)
            return .completed("begun at the same time: \(lanes.map { $0.joined(separator: ", ") }.joined(separator: "; "))")
        }
    }

    private func write(
        _ names: Set<String>, _ switches: WriteSwitches, _ counts: [String: TriggerLog.Counts]
    ) async throws -> JobOutcome {
        let (tables, parked) = try await openTables(names)
        let reports = WriteReports(scope: scope, mappings: mappings)
        let mappedTables = mappedTables
        let underWay = try await IngestRecovery(scope: scope, log: log, tables: mappedTables.filter { names.contains($0.key) }).run()
        let long = scope.connection.features.disablesBulkWrites ? LongRuns() : LongRuns(counts, of: tables, from: longRun)
        var engine = WriteEngine(
            scope: scope, tables: tables, mapped: mappedTables, parked: parked, calls: calls, long: long, underWay: underWay.rows,
            deletes: try await deleteLimit(switches), reports: reports)
        try await engine.run()
        let stopped = engine.deletes.stopped
        for name in tables.keys where !engine.parked.contains(name) && engine.postponed[name] == nil && stopped[name] == nil {
            try await release(name)
        }
        try await askForDeletes(stopped, switches)
        try await upkeep(engine.total)
        if !engine.postponed.isEmpty { return try await again(engine.postponed) }
        if underWay.jobs + engine.leftUnderWay > 0 { return .snooze(Self.ingestPause) }
        let total = engine.total
        let left = engine.parked.isEmpty ? "" : "; parked: \(engine.parked.sorted().joined(separator: ", "))"
        return .completed("\(total.written) written, \(total.failed) failed, \(total.ignored) ignored in \(total.calls) calls\(left)")
    }

    /// Ends the capture of tables that no mapping names any more, and what it captured.
    private func endUnmapped() async throws {
        let (schema, mapped) = (scope.connection.schemaName, Array(mappings.keys))
        guard try await scope.target.pool.withSession({ try TargetMetadata.hasLog(schema: schema, in: $0) }) else {
            return
        }
        do {
            let ended = try await scope.target.transaction(under: scope.lease) {
                try CaptureTriggers.dropOrphans(schema: schema, mapped: mapped, in: $0)
            }
            for table in ended {
                try await scope.say(.info, "Changes of \(schema).\(table) are captured no more: no mapping names the table")
            }
        } catch let error as PostgresError where error.sqlState == "55P03" {
            // Somebody uses the table; the next write tries again, and until then what is captured is given up.
        }
        try await scope.target.transaction(under: scope.lease) { [log] in try log.endUnmapped(mapped: mapped, in: $0) }
    }

    /// Every table of which the shape is known, open or not: bulk jobs may have been begun for it.
    private var mappedTables: [String: TableSchema] { mappings.compactMapValues { try? $0.table() } }

    private var writableTables: [String: TableSchema] {
        mappings.filter { $0.value.config.access == .readWrite }.compactMapValues { try? $0.table() }
    }

    /// Those of some tables that can be written, and those that cannot for now.
    private func openTables(_ names: Set<String>) async throws -> (tables: [String: TableSchema], parked: Set<String>) {
        let resting = try await scope.catalog.parkedWrites(scope.connection.id)
        var parked = Set(mappings.filter { resting.contains($0.value.id) }.keys)
        var tables: [String: TableSchema] = [:]
        let reports = WriteReports(scope: scope, mappings: mappings)
        for (name, mapping) in mappings where names.contains(name) && !parked.contains(name) && mapping.config.access == .readWrite {
            do {
                tables[name] = try mapping.table()
            } catch let error as SyncError {
                try await reports.park(name, TableFault(state: .badConfig, message: error.message))
                parked.insert(name)
            }
        }
        return (tables, parked)
    }

    /// Some records met what can pass: they are tried again after a while that grows, and new changes do not wait for that.
    private func again(_ postponed: [String: String]) async throws -> JobOutcome {
        let before: Checkpoint? = try scope.context.job.decodeProgress()
        let times = before?.postponed ?? 0
        let pause = Self.rest * (1 << min(times, 5))
        try await scope.context.checkpoint(Checkpoint(postponed: times + 1))
        for (table, reason) in postponed {
            guard let mapping = mappings[table] else { continue }
            let trouble = MappingTrouble(
                source: .write, state: nil,
                reason: "some changes wait and are tried again every few seconds, \(times + 1) times so far: \(reason)", cause: reason,
                attempt: times + 1)
            _ = try await scope.catalog.record(trouble, of: mapping.id)
        }
        return .snooze(pause)
    }

    private func deleteLimit(_ switches: WriteSwitches) async throws -> DeleteLimit {
        guard let perHour = switches.deletesPerHour else { return .none }
        return try await scope.target.pool.withSession { [log] session in
            let through = try switches.deletesAllowedAt.map { try log.lastID(before: $0, in: session) } ?? 0
            return DeleteLimit(perHour: perHour, allowedThrough: through, isStopped: switches.deletesStoppedAt != nil)
        }
    }

    /// Asks a person whether deletes beyond the limit are meant.
    private func askForDeletes(_ stopped: [String: Int], _ switches: WriteSwitches) async throws {
        guard !stopped.isEmpty, let perHour = switches.deletesPerHour else { return }
        let tables = stopped.sorted { $0.key < $1.key }
        let (connectionID, jobID, mappings) = (scope.connection.id, scope.context.job.id, mappings)
        try await scope.catalog.pool.transaction { session in
            for (table, count) in tables {
                guard let mapping = mappings[table] else { continue }
                let reason =
                    "\(count) deletes wait, since more than \(perHour) in an hour need a person: sluice connection writes \(connectionID.uuidString.lowercased()) --allow-deletes lets them go"
                let trouble = MappingTrouble(source: .write, state: nil, reason: reason, cause: "deletes beyond the limit", attempt: 1)
                try CatalogStore.record(trouble, of: mapping.id, in: session)
            }
            let names = tables.map(\.key).joined(separator: ", ")
            try CatalogStore.stopDeletes(
                connectionID,
                message: "Deletes are stopped: more than \(perHour) in an hour (\(names)). Let them go if they are meant", job: jobID,
                in: session)
        }
    }

    private func release(_ table: String) async throws {
        guard let mapping = mappings[table] else { return }
        guard mapping.nextWriteAt != nil else {
            if mapping.stateDescription != nil { try await scope.catalog.quietTrouble(of: mapping.id, source: .write) }
            return
        }
        try await scope.catalog.releaseWrites(mapping.id)
        try await scope.say(mapping: mapping, "Writes to \(mapping.objectName) go on")
    }

    @discardableResult
    private func updateCounts(of tables: Set<String>? = nil) async throws -> [String: TriggerLog.Counts] {
        let counts = try await scope.target.pool.withSession { [log] in try log.counts(in: $0) }
        for (table, mapping) in mappings where tables?.contains(table) ?? true {
            let count = counts[table] ?? TriggerLog.Counts()
            guard (count.pending, count.failed) != (mapping.pendingWrites, mapping.erroredWrites) else { continue }
            try await scope.catalog.updateMapping(mapping.id, MappingUpdate(pendingWrites: count.pending, erroredWrites: count.failed))
        }
        return counts
    }

    private func upkeep(_ total: WriteSummary) async throws {
        if total.written + total.failed > 0 { try await scope.catalog.noteWrite(scope.connection.id) }
        try await scope.catalog.setConnectionState(scope.connection.id, .idle, from: [.pollingDBChanges])
    }
}
