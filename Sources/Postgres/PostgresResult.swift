import CLibpq
import Foundation

/// The answer to one statement: its rows, read in place from libpq's memory.
///
/// Unchecked: a PGresult is never written after it was received, and libpq documents reading one from several threads as safe.
public final class PostgresResult: RandomAccessCollection, @unchecked Sendable {
    let pointer: OpaquePointer
    private let columns: [String: Int32]
    /// Number of rows.
    public let endIndex: Int
    /// Always 0.
    public let startIndex = 0

    init(_ pointer: OpaquePointer) {
        self.pointer = pointer
        var columns: [String: Int32] = [:]
        for column in 0..<PQnfields(pointer) {
            // The columns of a COPY have no names.
            if let name = PQfname(pointer, column) { columns[String(cString: name)] = column }
        }
        self.columns = columns
        endIndex = Int(PQntuples(pointer))
    }

    deinit { PQclear(pointer) }

    /// Rows that an INSERT, UPDATE, DELETE, MERGE, COPY or SELECT touched.
    public var affectedRows: Int { Int(String(cString: PQcmdTuples(pointer))) ?? 0 }

    /// The row at a position.
    public subscript(position: Int) -> PostgresRow {
        precondition(position >= 0 && position < endIndex, "row \(position) of \(endIndex)")
        return PostgresRow(result: self, row: Int32(position))
    }

    func column(_ name: String) throws -> Int32 {
        guard let column = columns[name] else {
            throw PostgresError(code: .decoding, message: "no column \(name) in the answer")
        }
        return column
    }
}

/// One row of an answer.
public struct PostgresRow: Sendable {
    let result: PostgresResult
    let row: Int32

    /// Reads a column that is never NULL.
    ///
    /// - Throws: `PostgresError` with code `.decoding` naming the column when it is missing, NULL or not of the type.
    public func decode<Value: PostgresDecodable>(_ column: String, as type: Value.Type = Value.self) throws -> Value {
        guard let value = try decodeIfPresent(column, as: type) else {
            throw PostgresError(code: .decoding, message: "column \(column) is NULL, expected \(type)")
        }
        return value
    }

    /// Reads a column that may be NULL.
    ///
    /// - Throws: `PostgresError` with code `.decoding` naming the column when it is missing or not of the type.
    public func decodeIfPresent<Value: PostgresDecodable>(_ column: String, as type: Value.Type = Value.self) throws -> Value? {
        let index = try result.column(column)
        guard PQgetisnull(result.pointer, row, index) == 0 else { return nil }
        let length = Int(PQgetlength(result.pointer, row, index))
        let start = UnsafeRawPointer(PQgetvalue(result.pointer, row, index)!).assumingMemoryBound(to: UInt8.self)
        guard let value = Value.decode(postgresText: UnsafeBufferPointer(start: start, count: length)) else {
            throw PostgresError(code: .decoding, message: "column \(column) is not \(type)")
        }
        return value
    }

    /// Reads a json or jsonb column.
    ///
    /// - Throws: `PostgresError` with code `.decoding` naming the column and the key at fault.
    public func decodeJSON<Value: Decodable>(_ column: String, as type: Value.Type = Value.self) throws -> Value {
        let text: String = try decode(column)
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        do {
            return try decoder.decode(type, from: Data(text.utf8))
        } catch {
            throw PostgresError(code: .decoding, message: "column \(column) is not the JSON of \(type): \(error)")
        }
    }
}
