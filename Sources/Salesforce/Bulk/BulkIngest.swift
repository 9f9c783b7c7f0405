/// What a Bulk ingest job does with its rows.
public enum BulkIngestOperation: Sendable, Hashable {
    /// Creates records.
    case insert
    /// Changes records by their `Id` column.
    case update
    /// Creates or changes records by the column of a unique field.
    case upsert(externalIDField: String)
    /// Deletes records by their `Id` column.
    case delete
    /// Deletes records past the recycle bin; needs a permission of its own.
    case hardDelete

    /// As Salesforce names it.
    public var name: String {
        switch self {
        case .insert: "insert"
        case .update: "update"
        case .upsert: "upsert"
        case .delete: "delete"
        case .hardDelete: "hardDelete"
        }
    }
}

/// Which rows of an ingest job a result lists. All are CSV and repeat the uploaded columns, in no promised order.
public enum BulkIngestResult: String, Sendable, Hashable, CaseIterable {
    /// Rows done, after the columns `sf__Id` and `sf__Created`.
    case successful = "successfulResults"
    /// Rows refused, after the columns `sf__Id` and `sf__Error` (`CODE:message:fields --`).
    case failed = "failedResults"
    /// Rows never looked at, because the job failed or was aborted.
    case unprocessed = "unprocessedrecords"
}

extension RecordRefusal {
    /// Reads the `sf__Error` column of an ingest job: `REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --`; of several
    /// errors, with `;` between them, the first.
    public init(bulk all: String) {
        var text = all
        if let next = all.firstRange(of: " --;") { text = String(all[..<next.lowerBound]) + " --" }
        guard let colon = text.firstIndex(of: ":") else {
            self.init(statusCode: text, message: text)
            return
        }
        var message = text[text.index(after: colon)...]
        var fields: [String] = []
        if message.hasSuffix("--"), let last = message.lastIndex(of: ":") {
            let names = message[message.index(after: last)...].dropLast(2)
            fields = names.split(whereSeparator: { $0 == "," || $0 == " " }).map(String.init)
            message = message[..<last]
        }
        self.init(statusCode: String(text[..<colon]), message: String(message), fields: fields)
    }
}
