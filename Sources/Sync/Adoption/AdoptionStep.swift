public import Catalog
import Foundation
import JobQueue
public import MappedSchema
import Postgres
public import Salesforce
import SchemaInspection

/// Takes over a schema that Heroku Connect filled, with everything in it: rows, ids, changes that wait, and what users made beside them. What is
/// missing is made; no row is written. A plan tells what would be done, and an adoption can be taken back.
public struct AdoptionStep: Sendable {
    private let connection: Connection
    private let salesforce: SalesforceClient?
    private let target: TargetDatabase
    private let catalog: CatalogStore

    /// - Parameter salesforce: the org; nil when the connection was never authorized, which is a problem of a plan and of an adoption.
    public init(connection: Connection, salesforce: SalesforceClient?, target: TargetDatabase, catalog: CatalogStore) {
        self.connection = connection
        self.salesforce = salesforce
        self.target = target
        self.catalog = catalog
    }

    /// Plans, adopts or takes back. An adoption that broke off is gone on with when it is asked for again.
    ///
    /// - Throws: `SyncError` with code `.badConfiguration` for a file that cannot be read; `SalesforceError`, `MappedSchemaError`, `PostgresError`.
    public func run(_ args: AdoptArgs) async throws -> AdoptionReport {
        switch args.mode {
        case .takeBack: return try await takeBack(by: args.requestedBy)
        case .plan, .adopt: break
        }
        var report = AdoptionReport(mode: args.mode, schema: connection.schemaName)
        let file = try args.export.map(Self.file)
        let mappings = try await mappings(file)
        if mappings.isEmpty { report.problems.append("nothing is mapped: give the file that heroku connect:export wrote") }
        guard let salesforce else {
            report.problems.append("the connection \(connection.name) is \(connection.state.rawValue): authorize it at Salesforce first")
            return report
        }
        let shapes = try await shapes(of: mappings, salesforce, &report)
        guard report.problems.isEmpty else { return report }
        let adoption = SchemaAdoption(
            schema: connection.schemaName, tables: shapes.map(\.shape),
            ownership: SchemaOwnership(connection: connection, controlDatabase: try await catalog.controlDatabaseID()))
        let plan: SchemaAdoption.Outcome
        do {
            plan = try await target.pool.withSession { try adoption.plan(in: $0) }
        } catch let error as MappedSchemaError {
            report.problems.append(error.message)
            return report
        }
        fill(&report, plan, shapes)
        guard args.mode == .adopt, report.isSound else { return report }
        return try await adopt(adoption, plan, shapes, report, file: file, by: args.requestedBy)
    }

    // MARK: - Looking

    private struct Shaped: Sendable {
        let mapping: Mapping
        let shape: TableSchema
    }

    private static func file(_ text: String) throws -> ExportFile {
        do {
            return try ExportFile(parsing: text)
        } catch {
            throw SyncError(code: .badConfiguration, message: "the mapping file cannot be read: \(error)")
        }
    }

    /// Those of the file as it would make them, or those that the connection has.
    private func mappings(_ file: ExportFile?) async throws -> [Mapping] {
        guard let file else { return try await catalog.mappings(connection.id) }
        return try await catalog.preview(file, of: connection.id).map(\.0)
    }

    private func shapes(of mappings: [Mapping], _ salesforce: SalesforceClient, _ report: inout AdoptionReport) async throws -> [Shaped] {
        let describes = DescribeMemory(salesforce)
        var shapes: [Shaped] = []
        for mapping in mappings {
            var line = AdoptionReport.Table(objectName: mapping.objectName, table: "\(connection.schemaName).\(mapping.tableName)")
            line.isKnown = mapping.watermark != nil
            do {
                let shape = try await TablePlan.make(for: mapping, schema: connection.schemaName) { name in
                    guard let object = try await describes.object(name) else {
                        throw SyncError(
                            code: .badConfiguration,
                            message: "the object \(name) does not exist in the org, or the integration user may not see it")
                    }
                    return object
                }
                if !line.isKnown { shapes.append(Shaped(mapping: mapping, shape: shape)) }
            } catch let error as SyncError where error.code == .badConfiguration {
                line.problem = error.message
            }
            report.tables.append(line)
        }
        return shapes
    }

    private func fill(_ report: inout AdoptionReport, _ outcome: SchemaAdoption.Outcome, _ shapes: [Shaped]) {
        report.alterations = outcome.alterations.map(\.text)
        report.remains = outcome.alterations.compactMap(\.remains)
        report.warnings += outcome.warnings
        for (table, number) in outcome.strayChanges.sorted(by: { $0.key < $1.key }) {
            report.warnings.append(
                "\(number) changes of \(connection.schemaName).\(table) wait, which no mapping of the file names: they go on waiting")
        }
        for shaped in shapes {
            guard let index = report.tables.firstIndex(where: { $0.objectName == shaped.mapping.objectName }) else { continue }
            if let problem = outcome.problems[shaped.shape.table] { report.tables[index].problem = problem }
            guard let facts = outcome.facts[shaped.shape.table] else { continue }
            let start = AdoptionStart(facts, emptyColumns: outcome.emptyColumns[shaped.shape.table] ?? [])
            report.tables[index].rows = facts.rows
            report.tables[index].isRowsExact = facts.isRowsExact
            report.tables[index].readsFrom = start.watermark
            report.tables[index].load = start.load
            report.tables[index].waiting = facts.waiting
        }
    }

    // MARK: - Adopting

    /// Notes what is about to be done, does it in the target, and makes the mappings with where their reading begins.
    private func adopt(
        _ adoption: SchemaAdoption, _ plan: SchemaAdoption.Outcome, _ shapes: [Shaped], _ planned: AdoptionReport, file: ExportFile?,
        by user: String
    ) async throws -> AdoptionReport {
        let before = try await standing()
        let intended = before + plan.alterations.filter { !before.contains($0) }
        try await catalog.beginAdoption(of: connection.id, alterations: try Self.encode(intended), requestedBy: user)
        let outcome = try await target.pool.withSession { try adoption.carryOut(in: $0) }
        var report = planned
        report.warnings = []
        fill(&report, outcome, shapes)
        guard report.isSound else { return report }
        let all = before + outcome.alterations.filter { !before.contains($0) }
        let encoded = try Self.encode(all)
        let starts = try shapes.map { shaped in
            (
                object: shaped.mapping.objectName, shape: String(decoding: try JSONEncoder().encode(shaped.shape), as: UTF8.self),
                facts: outcome.facts[shaped.shape.table] ?? AdoptedTableFacts(),
                start: AdoptionStart(
                    outcome.facts[shaped.shape.table] ?? AdoptedTableFacts(), emptyColumns: outcome.emptyColumns[shaped.shape.table] ?? [])
            )
        }
        let (connectionID, summary) = (connection.id, "adopted the schema \(connection.schemaName): \(shapes.count) tables")
        let details = report.document
        try await catalog.pool.transaction { session in
            let applied = try file.map { try CatalogStore.apply($0, to: connectionID, in: session) }
            let mappings = try applied?.map(\.0) ?? CatalogStore.mappings(connectionID, in: session)
            var (loads, filled): ([NewJob], [UUID]) = ([], [])
            for item in starts {
                guard let mapping = mappings.first(where: { $0.objectName == item.object }) else { continue }
                try CatalogStore.updateMapping(
                    mapping.id,
                    MappingUpdate(
                        state: item.start.watermark == nil ? .initial : .dataSynced, watermark: item.start.watermark,
                        deleteWatermark: item.start.watermark, nextPoll: item.start.watermark == nil ? .never : .after(.zero),
                        tableSchema: item.shape, dbCount: item.facts.isRowsExact ? item.facts.rows : nil), in: session)
                if item.start.watermark != nil { filled.append(mapping.id) }
                if let reason = item.start.load { loads.append(try .load(mapping, reason: reason, requestedBy: user)) }
            }
            _ = try JobQueue.enqueueOrBringForward(loads, in: session)
            let made = (applied ?? []).filter { $0.1 == .created }.map(\.0.id)
            try CatalogStore.finishAdoption(of: connectionID, alterations: encoded, made: made, filled: filled, in: session)
            try CatalogStore.audit(connectionID, actor: user, action: "connection.adopt", details: details, in: session)
            try CatalogStore.event(.info, connection: connectionID, type: .configuration, summary, in: session)
        }
        return report
    }

    // MARK: - Taking back

    private func takeBack(by user: String) async throws -> AdoptionReport {
        var report = AdoptionReport(mode: .takeBack, schema: connection.schemaName)
        guard let adoption = try await catalog.adoption(of: connection.id) else {
            report.problems.append("the connection \(connection.name) has adopted nothing that could be taken back")
            return report
        }
        guard connection.state == .paused else {
            report.problems.append(
                "the connection \(connection.name) is \(connection.state.rawValue): pause it first, so that nothing is read or written meanwhile"
            )
            return report
        }
        let alterations = try await standing()
        let ownership = SchemaOwnership(connection: connection, controlDatabase: try await catalog.controlDatabaseID())
        let schema = connection.schemaName
        for mapping in adoption.mappings {
            for job in try await JobQueue(pool: catalog.pool).live(ofMapping: mapping) {
                _ = try await JobQueue(pool: catalog.pool).cancel(job)
            }
        }
        do {
            try await target.pool.withSession { session in
                guard try !ownership.isForeign(in: session) else {
                    throw MappedSchemaError(code: .foreignSchema, message: "the schema \(schema) belongs to another connection by now")
                }
                try SchemaAdoption.takeBack(alterations, schema: schema, in: session)
            }
        } catch let error as MappedSchemaError {
            report.problems.append(error.message)
            return report
        }
        let connectionID = connection.id
        report.alterations = alterations.filter { $0.remains == nil }.reversed().map(\.text)
        report.remains = alterations.compactMap(\.remains)
        let details = report.document
        try await catalog.pool.transaction { session in
            try CatalogStore.takeBackAdoption(of: connectionID, in: session)
            try CatalogStore.audit(connectionID, actor: user, action: "connection.adopt.take_back", details: details, in: session)
            try CatalogStore.event(
                .info, connection: connectionID, type: .configuration, "took back the adoption of the schema \(schema)", in: session)
        }
        return report
    }

    private func standing() async throws -> [SchemaAlteration] {
        guard let text = try await catalog.adoption(of: connection.id)?.alterations else { return [] }
        do {
            return try JSONDecoder().decode([SchemaAlteration].self, from: Data(text.utf8))
        } catch {
            throw SyncError(code: .badConfiguration, message: "the record of the adoption cannot be read: \(error)")
        }
    }

    private static func encode(_ alterations: [SchemaAlteration]) throws -> String {
        String(decoding: try JSONEncoder().encode(alterations), as: UTF8.self)
    }
}
