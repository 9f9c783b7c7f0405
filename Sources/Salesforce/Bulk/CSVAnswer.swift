internal import HTTPTransport
internal import HTTPTypes

/// Answers that hold CSV.
enum CSVAnswer {
    private static let types = ["text/csv", "application/csv", "text/plain", "application/octet-stream"]

    /// Whether an answer may be CSV, as far as its head tells.
    static func isCSV(_ head: TransferResponseHead) -> Bool {
        guard let type = head.headers[first: .contentType] else { return true }
        return types.contains { type.lowercased().hasPrefix($0) }
    }
}
