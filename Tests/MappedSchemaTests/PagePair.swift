import Foundation
import MappedSchema
import Postgres

/// What a page becomes by Postgres' reader of CSV, and what by `BinaryPage`.
struct PagePair: Sendable {
    enum Outcome: Sendable, Equatable {
        case rows([String?])
        /// With this state.
        case refused(String?)
        case notBinary
    }

    let csv: Outcome
    let binary: Outcome

    /// Whether the load would have Postgres read the page: because it is not known here, or because Postgres refuses a value of it.
    var isLeftToPostgres: Bool {
        switch binary {
        case .rows: false
        case .refused(let state): state?.hasPrefix("22") == true
        case .notBinary: true
        }
    }

    /// A page of one column, written as Salesforce does.
    static func page(of values: [String]) -> String {
        "\"C0\"\n" + values.map { "\"\($0.replacingOccurrences(of: "\"", with: "\"\""))\"\n" }.joined()
    }

    static func stage(_ types: [ColumnType]) -> StageTable {
        let columns = types.enumerated().map {
            MappedColumn(field: "C\($0.offset)", name: "c\($0.offset)", type: $0.element, isCreateable: true, isUpdateable: true)
        }
        return .ofPoll(
            TableSchema(
                objectName: "Any", schema: "public", table: "any", columns: columns, isWritable: false, upsertColumn: nil, indexes: []))
    }

    static func copy(_ page: String, into types: [ColumnType], pieces: Int = 1000, in pool: PostgresPool) async throws -> PagePair {
        try await copy(Array(page.utf8), into: types, pieces: pieces, in: pool)
    }

    /// - Parameter pieces: bytes of the page that come at a time.
    static func copy(_ page: [UInt8], into types: [ColumnType], pieces: Int, in pool: PostgresPool) async throws -> PagePair {
        let stage = stage(types)
        let csv = try await rows(of: stage, in: pool) { session in
            try session.copyIn(stage.copyCSV) { writer in try page.withUnsafeBytes { try writer.write($0) } }
        }
        let binary = try await rows(of: stage, in: pool) { session in
            guard let columns = try BinaryColumn.all(of: stage, in: session) else { return 0 }
            return try session.copyIn(stage.copyBinary) { writer in
                var binary = BinaryPage(columns: columns)
                try page.withUnsafeBytes { bytes in
                    for start in stride(from: 0, to: bytes.count, by: pieces) {
                        try binary.take(
                            UnsafeRawBufferPointer(rebasing: bytes[start..<min(bytes.count, start + pieces)]), writer.write)
                    }
                }
                try binary.finish(writer.write)
            }
        }
        return PagePair(csv: csv, binary: binary)
    }

    private static func rows(
        of stage: StageTable, in pool: PostgresPool, _ copy: @Sendable (PostgresSession) throws -> Int
    ) async throws -> Outcome {
        do {
            return .rows(
                try await pool.transaction { session in
                    try stage.createTemporary(in: session)
                    _ = try copy(session)
                    return try session.query("SELECT r::text AS row FROM \(fragment: stage.name) r ORDER BY ctid").map {
                        try $0.decodeIfPresent("row", as: String.self)
                    }
                })
        } catch let error as PostgresError {
            return .refused(error.sqlState)
        } catch is BinaryPage.NotBinary {
            return .notBinary
        }
    }
}
