import Catalog
import JobQueue
import MappedSchema
import Postgres
import TestDatabase
import Testing

@Suite("How many rows there are")
struct RowCountTests {
    @Test("rows are counted as long as they are few, and estimated by Postgres' statistics beyond", arguments: [(20, true), (19, false)])
    func rows(most: Int, isExact: Bool) async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations + CatalogStore.migrations) { database in
            let merged = MergedTable(pool: database.pool(size: 1))
            try await merged.make(url: database.url, rows: (1...20).map { "R\($0) K\($0) name 1" })
            let counted = try await merged.pool.transaction { session in
                let rows = MappedRows(of: MergedTable.schema)
                try rows.analyze(in: session)
                // What the statistics do not know of.
                try session.run("DELETE FROM salesforce.part__c WHERE id = 1")
                return try rows.count(in: session, countingUpTo: most)
            }
            #expect(counted == (isExact ? 19 : 20, isExact))
        }
    }
}
