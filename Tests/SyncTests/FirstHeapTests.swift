import Catalog
import Foundation
import JobQueue
import MappedSchema
import Postgres
import Secrets
import Sync
import TestDatabase
import Testing

@Suite("The heap that a first load fills")
struct FirstHeapTests {
    private static let schemas = ["one", "two"]

    @Test("heaps of tables of one name, in two schemas of a database, become them at the same time with all of their indexes")
    func sameName() async throws {
        try await Self.with { catalog in
            let pool = catalog.pool
            for index in Self.heap("one").indexes.indices {
                for schema in Self.schemas {
                    try await pool.transaction { try Self.heap(schema).make(Self.heap(schema).indexes[index], megabytes: 2, in: $0) }
                }
            }
            for schema in Self.schemas { #expect(try await pool.transaction { try Self.heap(schema).takePlace(in: $0) }) }
            let definitions = try await pool.query(
                """
                SELECT tablename || ': ' || replace(indexdef, ' ON ' || schemaname || '.', ' ON ') AS made FROM pg_indexes
                WHERE schemaname IN ('one', 'two', 'sluice_staging') AND tablename = 'part__c' ORDER BY 1, schemaname
                """
            ).map { try $0.decode("made", as: String.self) }
            let wanted = [
                "part__c: CREATE INDEX hc_idx_part__c_systemmodstamp ON part__c USING btree (systemmodstamp)",
                "part__c: CREATE UNIQUE INDEX hcu_idx_part__c_key__c ON part__c USING btree (key__c)",
                "part__c: CREATE UNIQUE INDEX hcu_idx_part__c_sfid ON part__c USING btree (sfid)",
                "part__c: CREATE UNIQUE INDEX part__c_pkey ON part__c USING btree (id)",
            ]
            #expect(definitions == wanted.flatMap { [$0, $0] })
            let keys: Int = try await pool.query(
                "SELECT count(*) AS n FROM pg_constraint WHERE contype = 'p' AND conname = 'part__c_pkey'")[0]
                .decode("n")
            #expect(keys == 2)
            try await pool.run("INSERT INTO two.part__c (name) VALUES ('next')")
            #expect(try await pool.query("SELECT id FROM two.part__c WHERE name = 'next'")[0].decode("id", as: Int.self) == 3)
        }
    }

    @Test("an index is made once, however often it is asked for, and a value that is there twice is told")
    func again() async throws {
        try await Self.with { catalog in
            let heap = Self.heap("one")
            for index in heap.indexes + heap.indexes { try await catalog.pool.transaction { try heap.make(index, megabytes: 2, in: $0) } }
            let made: Int = try await catalog.pool.query("SELECT count(*) AS n FROM pg_indexes WHERE tablename LIKE '%_heap'")[0].decode(
                "n")
            #expect(made == heap.indexes.count)
            _ = try await catalog.pool.transaction { session in
                try session.run("INSERT INTO \(fragment: Self.heap("two").stage.name) (sfid) VALUES ('A')")
            }
            let error = await #expect(throws: PostgresError.self) {
                for index in Self.heap("two").indexes {
                    try await catalog.pool.transaction { try Self.heap("two").make(index, megabytes: 2, in: $0) }
                }
            }
            #expect(error?.sqlState == PostgresError.uniqueViolation)
        }
    }

    private static func heap(_ schema: String) -> FirstHeap {
        FirstHeap(mappingID: UUID(uuid: (schema.utf8.first!, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)), jobID: 1, table(schema))
    }

    private static func table(_ schema: String) -> TableSchema {
        TableSchema(
            objectName: "Part__c", schema: schema, table: "part__c",
            columns: [
                MappedColumn(field: "Id", name: "sfid", type: .varchar(18), isCreateable: false, isUpdateable: false),
                MappedColumn(field: "SystemModstamp", name: "systemmodstamp", type: .timestamp, isCreateable: false, isUpdateable: false),
                MappedColumn(field: "Key__c", name: "key__c", type: .varchar(40), isCreateable: true, isUpdateable: true),
                MappedColumn(field: "Name", name: "name", type: .text, isCreateable: true, isUpdateable: true),
            ],
            isWritable: true, upsertColumn: "key__c",
            indexes: [TableIndex(column: "key__c", isUnique: true), TableIndex(column: "systemmodstamp", isUnique: false)])
    }

    /// Two schemas, in each an empty table and its heap with the records A and B.
    private static func with(_ body: @Sendable (CatalogStore) async throws -> Void) async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations + CatalogStore.migrations) { database in
            let catalog = CatalogStore(pool: database.pool(size: 2))
            let key = try SealingKey(base64: Data(repeating: 7, count: 32).base64EncodedString())
            for schema in schemas {
                let connection = try await catalog.createConnection(
                    NewConnection(appName: "test", target: .url(database.url), schemaName: schema), sealingKey: key)
                let ownership = SchemaOwnership(connection: connection, controlDatabase: try await catalog.controlDatabaseID())
                try await catalog.pool.transaction { session in
                    try session.run("SET LOCAL xmlbinary TO 'hex'")
                    try TargetMetadata.ensure(schema: schema, ownership: ownership, in: session)
                    _ = try TargetTable.ensure(table(schema), in: session)
                    try heap(schema).create(in: session)
                    try session.run("INSERT INTO \(fragment: heap(schema).stage.name) (sfid, key__c) VALUES ('A', '1'), ('B', NULL)")
                }
            }
            try await body(catalog)
        }
    }
}
