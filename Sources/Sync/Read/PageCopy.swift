import Foundation
import Glibc
import MappedSchema
import Postgres
import Salesforce

/// Copies one result page from Salesforce's socket into a stage, on the thread that downloads it.
struct PageCopy: Sendable {
    /// Who takes the texts of values apart.
    enum Form: Sendable {
        /// This process, which is what makes a load quick.
        case binary
        /// Postgres, which knows every type and says what is wrong in which line.
        case csv
    }

    /// What came of it.
    struct Result: Sendable {
        let rows: Int
        let bytes: Int
        let nextLocator: String?
        var counts = RowMerge.Counts()
    }

    let stage: StageTable
    /// What the query selects.
    let table: TableSchema
    let form: Form

    /// Whether a page whose values were taken apart here is to be copied again by Postgres: because it has a value that is not known here, or one that Postgres
    /// refuses, whose line only Postgres' own reader can tell.
    static func isForPostgres(_ error: any Error) -> Bool {
        error is BinaryPage.NotBinary || (error as? PostgresError)?.sqlState?.hasPrefix("22") == true
    }

    /// - Throws: `SalesforceError`; `PostgresError`; `BinaryPage.NotBinary`; `SyncError` with code `.inconsistent` when the page is not what was asked
    ///   for or promised.
    func run(_ download: ResultDownload, in session: PostgresSession) throws -> Result {
        var bytes = 0
        var header = ResultHeader(expecting: table.columns.map(\.field))
        func check(_ chunk: UnsafeRawBufferPointer) throws {
            bytes += chunk.count
            try header.check(chunk)
        }
        var page: BulkResultPage?
        let rows: Int
        if form == .binary, let columns = try BinaryColumn.all(of: stage, in: session) {
            rows = try session.copyIn(stage.copyBinary) { writer in
                var binary = BinaryPage(columns: columns)
                page = try download.run { chunk in
                    try check(chunk)
                    try Self.withoutNUL(chunk) { try binary.take($0, writer.write) }
                }
                try header.finish(promised: page?.numberOfRecords)
                try binary.finish(writer.write)
            }
        } else {
            rows = try session.copyIn(stage.copyCSV) { writer in
                page = try download.run { chunk in
                    try check(chunk)
                    try Self.withoutNUL(chunk, writer.write)
                }
                try header.finish(promised: page?.numberOfRecords)
            }
        }
        if let promised = page?.numberOfRecords, promised != rows {
            throw SyncError(code: .inconsistent, message: "a result page promised \(promised) rows and held \(rows)")
        }
        return Result(rows: rows, bytes: bytes, nextLocator: page?.nextLocator)
    }

    /// Postgres has no NUL in its texts; Salesforce has, though hardly ever.
    private static func withoutNUL(_ chunk: UnsafeRawBufferPointer, _ write: (UnsafeRawBufferPointer) throws -> Void) throws {
        var rest = chunk
        while let start = rest.baseAddress, let nul = memchr(start, 0, rest.count) {
            let length = nul - UnsafeMutableRawPointer(mutating: start)
            if length > 0 { try write(UnsafeRawBufferPointer(rebasing: rest[..<length])) }
            rest = UnsafeRawBufferPointer(rebasing: rest[(length + 1)...])
        }
        if !rest.isEmpty { try write(rest) }
    }
}
