import Catalog

/// What people do about rows that failed or differ, in the words of pages.
enum RepairAction: String, CaseIterable {
    case retry
    case ignore
    case reread
    case overwriteSalesforce = "overwrite-salesforce"
    case overwritePostgres = "overwrite-postgres"

    var label: String {
        switch self {
        case .retry: "Retry"
        case .ignore: "Ignore"
        case .reread: "Re-read"
        case .overwriteSalesforce: "Overwrite Salesforce"
        case .overwritePostgres: "Overwrite Postgres"
        }
    }

    /// What will happen to so many rows, a sentence each.
    func consequences(_ count: Int, of object: String) -> [String] {
        let rows = "\(PageText.count(count)) \(count == 1 ? "row" : "rows") of \(object)"
        return switch self {
        case .retry: ["What \(rows) hold now is written to Salesforce again in place of the changes that failed."]
        case .ignore:
            ["The failed changes of \(rows) are given up: they are never written to Salesforce.", "The rows stay as they are in Postgres."]
        case .reread:
            ["\(rows.prefix(1).uppercased() + rows.dropFirst()) are read from Salesforce again.", "Changes that wait to be written stay."]
        case .overwriteSalesforce:
            [
                "\(rows.prefix(1).uppercased() + rows.dropFirst()) are written to Salesforce as Postgres holds them.",
                "What Salesforce holds in the mapped fields is lost.",
            ]
        case .overwritePostgres:
            [
                "\(rows.prefix(1).uppercased() + rows.dropFirst()) become what Salesforce holds.",
                "Their changes that failed or wait are given up.",
            ]
        }
    }

    /// Whether something is lost that nobody can get back.
    var isDangerous: Bool { self != .retry && self != .reread }
}
