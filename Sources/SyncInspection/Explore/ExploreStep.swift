public import Catalog
import Foundation
public import JobQueue
import MappedSchema
import Postgres
import Salesforce
import SchemaInspection
public import Sync
import SyncJournal

/// Shows rows of a mapping beside their records, for somebody who waits: what it finds is the job's answer in the catalog.
public struct ExploreStep: Sendable {
    /// How many rows or records are looked at for one page, at most: few of them may be meant.
    private static let mostLooks = 2000
    private static let chunk = 200

    private let scope: SyncScope
    private let mapping: Mapping
    private let args: ExploreArgs

    /// A look at one mapping.
    public init(scope: SyncScope, mapping: Mapping, args: ExploreArgs) {
        self.scope = scope
        self.mapping = mapping
        self.args = args
    }

    /// What was found.
    private struct Page: Sendable {
        var rows: [ComparedRow] = []
        /// Where the next page begins; nil at the end.
        var next: String?
        var looked = 0
    }

    /// Looks, and answers.
    ///
    /// - Throws: `SyncError`, `SalesforceError`, `PostgresError`.
    public func run() async throws -> JobOutcome {
        guard let table = try mapping.table() else { return .completed("the mapping is not loaded yet") }
        let page =
            if let ids = args.rows { try await Page(rows: compared(rows(ids: ids, table), table)) } else if args.state == .onlyThere {
                try await onlyThere(table)
            } else { try await walk(table) }
        let document: JSONValue = [
            "results": .array(page.rows.map(\.document)), "next": .optional(page.next), "looked_at": .integer(page.looked),
        ]
        try await scope.catalog.answer(job: scope.context.job.id, document)
        return .completed("\(page.rows.count) rows found\(page.looked > 0 ? ", \(page.looked) looked at" : "")")
    }

    /// Rows in the order of their ids, until a page is full or enough were looked at.
    private func walk(_ table: TableSchema) async throws -> Page {
        var page = Page()
        var after = args.after.flatMap { Int64($0) } ?? 0
        while page.looked < Self.mostLooks {
            // Where every row is meant, no more are looked at than are shown.
            let size = args.state.needsSalesforce ? Self.chunk : min(Self.chunk, args.limit - page.rows.count)
            let rows = try await scope.target.pool.withSession { [after, args] session in
                try RowPage(of: table).rows(state: args.state, search: args.search, after: after, limit: size, in: session)
            }
            page.looked += rows.count
            for row in try await compared(rows, table) where isMeant(row) {
                page.rows.append(row)
                if page.rows.count == args.limit {
                    page.next = row.id.map(String.init)
                    return page
                }
            }
            guard rows.count == size, let last = rows.last?.id else { return page }
            after = last
        }
        page.next = String(after)
        return page
    }

    private func isMeant(_ row: ComparedRow) -> Bool {
        switch args.state {
        case .different: row.there != nil && !row.differences.isEmpty
        case .onlyHere: row.there == nil
        default: true
        }
    }

    private func rows(ids: [Int64], _ table: TableSchema) async throws -> [ComparedRow] {
        try await scope.target.pool.withSession { try RowPage(of: table).rows(ids: ids, in: $0) }
    }

    private func compared(_ rows: [ComparedRow], _ table: TableSchema) async throws -> [ComparedRow] {
        guard !rows.isEmpty else { return [] }
        let found = try await RecordLookup(scope: scope, table: table).records(rows.compactMap(\.sfid))
        return try await scope.target.transaction(under: scope.lease) { session in
            try RowComparison(table: table, stage: RecordLookup.stage(found, table, in: session)).compare(rows, in: session)
        }
    }

    /// Records in the order of their ids, until a page is full or enough were looked at.
    private func onlyThere(_ table: TableSchema) async throws -> Page {
        var page = Page()
        let lookup = RecordLookup(scope: scope, table: table)
        let (found, last) = try await lookup.records(after: args.after, search: args.search, limit: Self.mostLooks)
        page.looked = found.count
        page.rows = try await scope.target.transaction(under: scope.lease) { [args] session in
            try RowComparison(table: table, stage: RecordLookup.stage(found, table, in: session)).withoutRow(limit: args.limit, in: session)
        }
        page.next = page.rows.count == args.limit ? page.rows.last?.sfid : found.count > 0 ? last : nil
        return page
    }
}
