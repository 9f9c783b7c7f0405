import Foundation
import SandboxData
import SandboxQuery
import SandboxStore

/// The header `Sforce-Enable-PKChunking`: a query's rows are split among batches by ranges of ids.
struct PKChunking: Sendable, Equatable {
    private static let sizes = 1...250_000
    /// More would only show that the client meant something else.
    private static let maximumChunks = 5000

    var size = 100_000
    /// The row that the first chunk begins with.
    var start = 0

    /// `true`, or `chunkSize=50000; parent=Account; startRow=00130000000xEftMGH`; nil without the header, and for `false`.
    static func read(_ header: String?, object: ObjectSchema, schema: OrgSchema) throws(AsyncError) -> PKChunking? {
        guard let header else { return nil }
        var chunking = PKChunking()
        for part in header.split(separator: ";") {
            let words = part.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            switch (words.first?.lowercased() ?? "", words.count) {
            case ("false", 1): return nil
            case ("true", 1), ("", _): break
            case ("chunksize", 2):
                guard let size = Int(words[1]), sizes.contains(size) else {
                    throw AsyncError("InvalidJob", "chunkSize must be a number from 1 to \(sizes.upperBound)")
                }
                chunking.size = size
            case ("parent", 2):
                guard schema.object(words[1]) != nil else {
                    throw AsyncError("InvalidJob", "parent: Entity '\(words[1])' is not supported")
                }
            case ("startrow", 2):
                guard let id = schema.recordID(words[1]), id.object == object.index else {
                    throw AsyncError("InvalidJob", "startRow: '\(words[1])' is no id of \(object.name)")
                }
                chunking.start = id.row
            default: throw AsyncError("InvalidJob", "Sforce-Enable-PKChunking: '\(part)' is not understood")
            }
        }
        return chunking
    }

    /// The rows of each chunk, of a table with so many rows. Chunks are ranges of ids, so one of them may be empty.
    /// Nil when there would be too many.
    func chunks(of rows: RowSet, tableRows: Int) -> [RowSet]? {
        let count = max(1, (max(tableRows - start, 0) + size - 1) / size)
        guard count <= Self.maximumChunks else { return nil }
        var rows = rows
        if case .list(let list) = rows { rows = .list(list.sorted()) }
        var position = 0
        while position < rows.count, rows[position] < start { position += 1 }
        var chunks: [RowSet] = []
        for chunk in 0..<count {
            let first = position
            while position < rows.count, rows[position] < start + (chunk + 1) * size { position += 1 }
            switch rows {
            case .range(let range): chunks.append(.range((range.lowerBound + first)..<(range.lowerBound + position)))
            case .list(let list): chunks.append(.list(Array(list[first..<position])))
            }
        }
        return chunks
    }
}
