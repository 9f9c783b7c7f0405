import Catalog
import Foundation
import JobQueue
import MappedSchema
import Postgres
import Secrets
import Sync

/// A table to merge into. Its rows are written as `sfid key name stamp`, `-` for NULL; they have the ids 1, 2 … in their order.
struct MergedTable: Sendable {
    let pool: PostgresPool

    static let schema = TableSchema(
        objectName: "Part__c", schema: "salesforce", table: "part__c",
        columns: [
            MappedColumn(field: "Id", name: "sfid", type: .varchar(18), isCreateable: false, isUpdateable: false),
            MappedColumn(field: "IsDeleted", name: "isdeleted", type: .boolean, isCreateable: false, isUpdateable: false),
            MappedColumn(field: "SystemModstamp", name: "systemmodstamp", type: .timestamp, isCreateable: false, isUpdateable: false),
            MappedColumn(field: "Key__c", name: "key__c", type: .varchar(40), isCreateable: true, isUpdateable: true, isUnique: true),
            MappedColumn(field: "Name", name: "name", type: .varchar(80), isCreateable: true, isUpdateable: true),
        ],
        isWritable: true, upsertColumn: "key__c", indexes: [TableIndex(column: "key__c", isUnique: true)])

    /// - Parameters:
    ///   - log: rows of the trigger log: `action sfid id column=value … state`.
    ///   - lastop: the state of all rows; SYNCED when nil.
    func make(url: String, rows: [String], log: [String] = [], lastop: String? = nil) async throws {
        let catalog = CatalogStore(pool: pool)
        let key = try SealingKey(base64: Data(repeating: 7, count: 32).base64EncodedString())
        let connection = try await catalog.createConnection(
            NewConnection(appName: "test", target: .url(url), schemaName: "salesforce"), sealingKey: key)
        let ownership = SchemaOwnership(connection: connection, controlDatabase: try await catalog.controlDatabaseID())
        try await pool.transaction { session in
            try session.run("SET LOCAL xmlbinary TO 'hex'")
            try TargetMetadata.ensure(schema: "salesforce", ownership: ownership, in: session)
            _ = try TargetTable.ensure(Self.schema, in: session)
            try TargetTable.ensureIndexes(Self.schema, in: session)
            for row in rows { try session.script("INSERT INTO salesforce.part__c \(Self.values(row))") }
            for row in log { try session.script("INSERT INTO salesforce._trigger_log \(Self.change(row))") }
            try session.run("UPDATE salesforce._trigger_log SET processed_at = now() WHERE state NOT IN ('NEW', 'PENDING')")
            if let lastop { try session.run("UPDATE salesforce.part__c SET _hc_lastop = \(lastop)") }
        }
    }

    /// Rows that were read; one may end with `deleted`. The transaction writes as a merge does from now on.
    static func stage(_ rows: [String], in session: PostgresSession) throws -> StageTable {
        try session.run("SET LOCAL xmlbinary TO 'hex'")
        let stage = StageTable.ofPoll(schema)
        try stage.createTemporary(in: session)
        for row in rows { try session.script("INSERT INTO sluice_poll \(values(row))") }
        return stage
    }

    /// Its rows as `id sfid key name stamp state`.
    func rows() async throws -> [String] {
        try await pool.query(
            """
            SELECT concat_ws(' ', id, coalesce(sfid, '-'), coalesce(key__c, '-'), coalesce(name, '-'),
                             coalesce(extract(second FROM systemmodstamp)::int::text, '-'), _hc_lastop) AS row
            FROM salesforce.part__c ORDER BY id
            """
        ).map { try $0.decode("row", as: String.self) }
    }

    private static func values(_ row: String) -> String {
        let words = row.split(separator: " ").map(String.init)
        let texts = words.prefix(3).map { $0 == "-" ? "NULL" : "'\($0)'" }
        let stamp = words[3] == "-" ? "NULL" : "'2026-01-01 00:00:0\(words[3])'"
        return "(sfid, key__c, name, systemmodstamp, isdeleted) VALUES (\(texts.joined(separator: ", ")), \(stamp), \(words.count > 4))"
    }

    static func change(_ row: String) -> String {
        let words = row.split(separator: " ").map(String.init)
        let sfid = words[1] == "-" ? "NULL" : "'\(words[1])'"
        let values = words[3..<(words.count - 1)].map { pair in
            let parts = pair.split(separator: "=").map(String.init)
            guard parts.count == 2 else { return parts[0] }
            return "\"\(parts[0])\"=>" + (parts[1] == "NULL" ? "NULL" : "\"\(parts[1])\"")
        }
        return """
            (table_name, action, sfid, record_id, "values", state)
            VALUES ('part__c', '\(words[0])', \(sfid), \(words[2]), '\(values.joined(separator: ", "))', '\(words[words.count - 1])')
            """
    }
}
