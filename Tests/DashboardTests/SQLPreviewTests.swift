import Catalog
import Foundation
import MappedSchema
import Postgres
import TestDatabase
import Testing

@testable import Dashboard

@Suite("The SQL that a mapping brings with it")
struct SQLPreviewTests {
    private static let described: [String: JSONValue] = [
        "id": ["name": "Id", "column_type": "character varying(18)"], "name": ["name": "Name", "column_type": "character varying(255)"],
        "phone": ["name": "Phone", "column_type": "character varying(40)"],
        "systemmodstamp": ["name": "SystemModstamp", "column_type": "timestamp without time zone"],
    ]

    private func table(_ columns: [MappedColumn], indexes: [TableIndex] = []) -> TableSchema {
        TableSchema(
            objectName: "Account", schema: "real", table: "account", columns: columns, isWritable: false, upsertColumn: nil,
            indexes: indexes)
    }

    private func column(_ field: String, _ type: ColumnType) -> MappedColumn {
        MappedColumn(field: field, name: SalesforceName.column(ofField: field), type: type, isCreateable: true, isUpdateable: true)
    }

    @Test("a unique identifier has one index, and another row filter says that all records are read again")
    func identifierAndFilter() throws {
        let config = try MappingConfig(
            json: #"{"fields":{"Id":{},"Phone":{}},"indexes":{"Phone":{"unique":true}},"upsert_field":"Phone","row_filter":"Name != null"}"#
        )
        let new = SQLPreview(schema: "s", table: "account", wanted: config, present: nil, described: Self.described)
        #expect(new.statements.filter { $0.contains("(phone)") || $0.contains("(\"phone\")") }.count == 1)
        #expect(!new.notes.contains { $0.contains("read again") })
        let present = table([column("Id", .varchar(18)), column("Phone", .varchar(40))])
        let changed = SQLPreview(schema: "s", table: "account", wanted: config, present: present, described: Self.described)
        #expect(changed.notes.contains { $0.contains("read again") })
    }

    @Test("a new table is made as a load makes it: the same columns, types and indexes")
    func creating() async throws {
        let config = try MappingConfig(
            json: #"{"access":"read_only","fields":{"Id":{},"Name":{},"SystemModstamp":{}},"indexes":{}}"#)
        let real = table(
            [column("Id", .varchar(18)), column("Name", .varchar(255)), column("SystemModstamp", .timestamp)],
            indexes: [TableIndex(column: "systemmodstamp", isUnique: false)])
        let preview = SQLPreview(schema: "shown", table: "account", wanted: config, present: nil, described: Self.described)
        try await TestDatabase.with(migrations: []) { database in
            let pool = database.pool()
            try await pool.withSession { session in
                try session.run("CREATE SCHEMA shown")
                for statement in preview.statements { try session.run("\(raw: statement)") }
            }
            try await pool.withSession { [real] session in
                try session.run("SET xmlbinary TO 'hex'")
                let owner = SchemaOwnership.Owner(
                    controlDatabase: UUID(), connection: UUID(), name: "test", resourceName: "test", organizationID: nil)
                try TargetMetadata.ensure(schema: "real", ownership: SchemaOwnership(schema: "real", owner: owner), in: session)
                _ = try TargetTable.ensure(real, in: session)
                try TargetTable.ensureIndexes(real, in: session)
            }
            let (shown, made) = (try await Self.shape("shown", pool), try await Self.shape("real", pool))
            #expect(shown.columns.count == 6)
            #expect(shown.columns == made.columns)
            #expect(shown.indexes == made.indexes)
            #expect(shown.indexes == ["account_pkey", "hc_idx_account_systemmodstamp", "hcu_idx_account_sfid"])
        }
    }

    @Test("a table that is there gets only what it lacks, and what is dropped from the mapping stays in it")
    func altering() throws {
        let config = try MappingConfig(
            json: #"{"access":"read_only","fields":{"Id":{},"Phone":{}},"indexes":{"Phone":{"unique":true}}}"#)
        let present = table([column("Id", .varchar(18)), column("Name", .varchar(255))])
        let preview = SQLPreview(schema: "real", table: "account", wanted: config, present: present, described: Self.described)
        #expect(
            preview.statements == [
                #"ALTER TABLE "real"."account" ADD COLUMN "phone" character varying(40);"#,
                #"CREATE UNIQUE INDEX IF NOT EXISTS "hcu_idx_account_phone" ON "real"."account" ("phone");"#,
            ])
        #expect(preview.notes == ["name stays in the table and is not kept up any more."])
        let same = try MappingConfig(json: #"{"access":"read_only","fields":{"Id":{},"Name":{}},"indexes":{}}"#)
        #expect(SQLPreview(schema: "real", table: "account", wanted: same, present: present, described: Self.described).statements == [])
    }

    private static func shape(_ schema: String, _ pool: PostgresPool) async throws -> (columns: [String], indexes: [String]) {
        let columns = try await pool.query(
            """
            SELECT column_name || ' ' || data_type AS told FROM information_schema.columns WHERE table_schema = \(schema) AND table_name = 'account' ORDER BY 1
            """
        ).map { try $0.decode("told", as: String.self) }
        let indexes = try await pool.query(
            "SELECT indexname AS told FROM pg_indexes WHERE schemaname = \(schema) AND tablename = 'account' ORDER BY 1"
        )
        .map { try $0.decode("told", as: String.self) }
        return (columns, indexes)
    }
}
