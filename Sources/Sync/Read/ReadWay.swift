import Catalog

/// By which of Salesforce's interfaces rows are read: REST, whose pages come one after another, or a bulk query, which is waited for first. A value without
/// I/O.
enum ReadWay: Sendable, Equatable {
    case rest
    case bulk

    /// A page that REST has answered with.
    struct Page: Sendable {
        let rows: Int
        let seconds: Double
    }

    /// Up to so many times `large_query_threshold`, 50,000 rows where nobody has set another, what is quicker counts; beyond it, a bulk query is made.
    static let stretch = 5

    /// The most rows that are ever read by REST because that is quicker.
    static func mostByREST(threshold: Int) -> Int {
        threshold.multipliedReportingOverflow(by: stretch).overflow ? .max : threshold * stretch
    }

    /// - Parameters:
    ///   - rows: how many there are to read.
    ///   - first: their first page, which is here already; asked for only where it counts.
    ///   - pace: how fast the org's bulk queries are.
    /// - Throws: what asking for the page throws.
    static func of(rows: Int, threshold: Int, first page: @autoclosure () throws -> Page, pace: BulkPace) rethrows -> ReadWay {
        if rows <= threshold { return .rest }
        guard rows <= mostByREST(threshold: threshold) else { return .bulk }
        let first = try page()
        guard first.rows > 0 else { return .bulk }
        let pages = (Double(rows - first.rows) / Double(first.rows)).rounded(.up)
        return pages * first.seconds <= pace.seconds(ofRows: rows) ? .rest : .bulk
    }
}
