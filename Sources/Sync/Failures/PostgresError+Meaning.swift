import Catalog
import MappedSchema
import Postgres

extension PostgresError {
    /// By the class of the SQLSTATE, its first two characters, where the class knows no difference.
    var meaning: Failure.Meaning {
        guard let sqlState else { return code == .configuration ? .endsConnection(.dbUnavailable) : .passes }
        if Self.refusedStates.contains(sqlState) || Self.refusedClasses.contains(sqlState.prefix(2)) {
            return .endsConnection(.dbUnavailable)
        }
        let isFinal = Self.finalStates.contains(sqlState) || Self.finalClasses.contains(sqlState.prefix(2)) || isOfForeignClass
        return isFinal && !isOfTheMoment ? .endsMapping(.systemError) : .passes
    }

    /// The database refuses the login (28), is missing (3D), or takes no changes (25006): as one whole.
    private static let refusedClasses: Set<Substring> = ["28", "3D"]
    private static let refusedStates: Set<String> = ["25006"]
    /// A view that takes no rows stands where a table should; the rest of its class (55) is locks.
    private static let finalStates: Set<String> = ["55000"]

    /// What a value, a constraint, a privilege, a name, a limit of the server or a trigger refuses (also by an ERRCODE of its own), it refuses the next time too.
    private static let finalClasses: Set<Substring> = [
        "0A", "21", "22", "23", "27", "2B", "38", "39", "3F", "42", "44", "54", "P0",
    ]

    /// States of those classes that come from what others do in the same instant.
    private var isOfTheMoment: Bool {
        switch sqlState {
        // A prepared statement whose tables were altered, and one that a pooler's other session has.
        case "0A000": message.contains("cached plan")
        case "42P05": true
        // A record that two jobs brought in the same instant, and what two sessions made at once in the server's own catalog.
        case Self.uniqueViolation: constraint.map { $0.hasSuffix("_sfid") || $0.hasPrefix("pg_") } ?? false
        // A stage goes with its load, and the load makes it anew.
        case Self.undefinedTable: message.contains(TargetMetadata.stagingSchema)
        default: false
        }
    }

    /// The SQLSTATE and what the server named: not the row, which differs from one attempt to the next.
    var cause: String {
        ([sqlState ?? "\(code)"] + [table, column, constraint].compactMap(\.self)).joined(separator: " ")
    }

    /// A table, a column or a schema is missing, or the sequence of the rows' `id`s lies behind them, as after a restore.
    var isMendedByLoad: Bool {
        guard !isOfTheMoment else { return false }
        if sqlState == Self.uniqueViolation { return constraint?.hasSuffix("_pkey") ?? false }
        return [Self.undefinedTable, Self.undefinedSchema, Self.undefinedColumn].contains(sqlState)
    }
}
