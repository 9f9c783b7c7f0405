public import Postgres

/// One page of a bulk load's results.
public struct LoadPage: Sendable, Hashable {
    /// Its place, from 0.
    public let number: Int
    /// Salesforce's locator of the page; the first has none.
    public let locator: String?

    /// A page.
    public init(number: Int, locator: String?) {
        self.number = number
        self.locator = locator
    }
}

/// How far the pages of a load have come.
public struct LoadProgress: Sendable, Hashable, Codable {
    /// Pages known.
    public let pages: Int
    /// Pages in the staging table.
    public let done: Int
    /// Rows of the pages done.
    public let rows: Int
    /// Bytes of the pages done.
    public let bytes: Int

    /// How far a load has come.
    public init(pages: Int, done: Int, rows: Int, bytes: Int) {
        self.pages = pages
        self.done = done
        self.rows = rows
        self.bytes = bytes
    }

    /// Whether every known page is done.
    public var isComplete: Bool { done == pages }
}

extension CatalogStore {
    /// Notes pages of a load; those noted before stay as they are.
    ///
    /// - Returns: the numbers of those that are new.
    /// - Throws: `PostgresError`.
    @discardableResult
    public static func insertLoadPages(_ pages: [LoadPage], loadJobID: Int64, in session: PostgresSession) throws -> Set<Int> {
        Set(
            try session.query(
                """
                INSERT INTO sluice.load_pages (load_job_id, number, locator)
                SELECT \(loadJobID), number, locator FROM unnest(\(pages.map(\.number))::integer[], \(nullable: pages.map(\.locator))::text[]) AS page(number, locator)
                ON CONFLICT DO NOTHING RETURNING number
                """
            ).map { try $0.decode("number", as: Int.self) })
    }

    /// Whether a page of a load is not in the staging table yet.
    ///
    /// - Throws: `PostgresError`.
    public func hasMissingLoadPage(_ loadJobID: Int64) async throws -> Bool {
        try await !pool.query("SELECT FROM sluice.load_pages WHERE load_job_id = \(loadJobID) AND done_at IS NULL LIMIT 1").isEmpty
    }

    /// Notes that a page is in the staging table, in the transaction that commits its rows there when that is the same database.
    ///
    /// - Returns: false when it was noted before, or the load is gone.
    /// - Throws: `PostgresError`.
    @discardableResult
    public static func finishLoadPage(_ number: Int, loadJobID: Int64, rows: Int, bytes: Int, in session: PostgresSession) throws -> Bool {
        try session.run(
            """
            UPDATE sluice.load_pages SET rows = \(rows), bytes = \(bytes), done_at = sluice.clock()
            WHERE load_job_id = \(loadJobID) AND number = \(number) AND done_at IS NULL
            """) == 1
    }

    /// Whether a page is in the staging table already.
    ///
    /// - Throws: `PostgresError`.
    public func isLoadPageDone(_ number: Int, loadJobID: Int64) async throws -> Bool {
        try await !pool.query(
            "SELECT FROM sluice.load_pages WHERE load_job_id = \(loadJobID) AND number = \(number) AND done_at IS NOT NULL"
        ).isEmpty
    }

    /// How far a load has come.
    ///
    /// - Throws: `PostgresError`.
    public func loadProgress(_ loadJobID: Int64) async throws -> LoadProgress {
        try await pool.withSession { try Self.loadProgress(loadJobID, in: $0) }
    }

    /// How far a load has come, read in the caller's transaction.
    ///
    /// - Throws: `PostgresError`.
    public static func loadProgress(_ loadJobID: Int64, in session: PostgresSession) throws -> LoadProgress {
        let row = try session.query(
            """
            SELECT count(*) AS pages, count(done_at) AS done, coalesce(sum(rows), 0) AS rows, coalesce(sum(bytes), 0) AS bytes
            FROM sluice.load_pages WHERE load_job_id = \(loadJobID)
            """)[0]
        return LoadProgress(
            pages: try row.decode("pages"), done: try row.decode("done"), rows: try row.decode("rows"), bytes: try row.decode("bytes"))
    }

    /// Forgets the pages of a load that ended.
    ///
    /// - Throws: `PostgresError`.
    public static func deleteLoadPages(_ loadJobID: Int64, in session: PostgresSession) throws {
        try session.run("DELETE FROM sluice.load_pages WHERE load_job_id = \(loadJobID)")
    }
}
