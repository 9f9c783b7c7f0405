package import Postgres

/// A row that the database does not take, or does not let go: somebody's constraint, trigger, index or column is against it.
package struct RowRefusal: Sendable, Equatable {
    /// The record's Salesforce id.
    package let sfid: String
    package let sqlState: String
    package let constraint: String?
    /// What Postgres says.
    package let reason: String
}

/// Finds the rows for whose sake a statement about many is refused: it is done again with halves of them, and halves of those, until what is left
/// is single rows. The others go on.
package enum RowNarrowing {
    /// More refused rows than this are no matter of rows: then the statement has failed.
    package static let mostRefused = 100

    /// Does something in a savepoint, so that the transaction outlives its refusal.
    ///
    /// - Throws: what `body` throws.
    static func attempt<Value>(in session: PostgresSession, _ body: () throws -> Value) throws -> Value {
        try session.run("SAVEPOINT sluice_rows")
        do {
            let value = try body()
            try session.run("RELEASE SAVEPOINT sluice_rows")
            return value
        } catch let error as PostgresError where error.refusesRow {
            try session.run("ROLLBACK TO SAVEPOINT sluice_rows")
            throw error
        }
    }

    /// Does something for rows by their ids.
    ///
    /// - Parameters:
    ///   - ids: Salesforce ids.
    ///   - cause: why it could not be done for all of them at once.
    /// - Throws: what `body` throws, unless single rows are refused; the last refusal when they are too many.
    static func run(
        _ ids: [String], because cause: PostgresError, in session: PostgresSession, _ body: ([String]) throws -> RowMerge.Counts
    ) throws -> RowMerge.Counts {
        var counts = RowMerge.Counts()
        var parts = ids.count > 1 ? halves(ids) : [ids]
        while let part = parts.popLast() {
            do {
                counts = counts + (try attempt(in: session) { try body(part) })
            } catch let error as PostgresError where error.refusesRow {
                guard part.count == 1 else {
                    parts += halves(part)
                    continue
                }
                counts.refused.append(
                    RowRefusal(sfid: part[0], sqlState: error.sqlState ?? "", constraint: error.constraint, reason: "\(error)"))
                guard counts.refused.count <= mostRefused else { throw error }
            }
        }
        return counts
    }

    private static func halves(_ ids: [String]) -> [[String]] {
        let middle = ids.count / 2
        return [Array(ids[middle...]), Array(ids[..<middle])]
    }
}

extension PostgresError {
    /// Whether it is a row that cannot be merged, and the next row may be welcome: a constraint, a trigger or the size of an index's entry is against
    /// it. A value that a column cannot hold is another matter, and so are two jobs that bring one record in the same instant.
    package var refusesRow: Bool {
        guard let sqlState else { return false }
        switch sqlState {
        case Self.uniqueViolation:
            let isOfTheMoment =
                constraint?.hasSuffix("_sfid") == true || constraint?.hasPrefix("pg_") == true || constraint?.hasSuffix("_pkey") == true
            return !isOfTheMoment
        case Self.programLimitExceeded: return true
        default:
            let sqlClass = sqlState.prefix(2)
            return Self.refusingClasses.contains(sqlClass) || isOfForeignClass || isOfFunction && Self.stumblingClasses.contains(sqlClass)
        }
    }

    private static let programLimitExceeded = "54000"
    /// What constraints and RAISE say.
    private static let refusingClasses: Set<Substring> = ["23", "P0"]
    /// What a function says that stumbles over a row's values.
    private static let stumblingClasses: Set<Substring> = ["21", "22", "2F", "38", "39", "44"]

    /// Where a statement itself stumbles, Postgres names no place.
    private var isOfFunction: Bool { !(context ?? "").isEmpty }
}
