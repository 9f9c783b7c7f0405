import Catalog
import Postgres
import Salesforce
import Sync

/// Why no change of one table can be written for now, while those of other tables can.
struct TableFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// The state that people see at the mapping.
    let state: MappingState
    /// What is wrong, and what to do.
    let message: String

    /// Whether a load makes anew what the table lacks.
    var needsLoad = false

    /// The message.
    var description: String { message }

    /// What an error of a statement on the table means for it; nil for an error that passes, or that is not the table's own.
    init?(_ error: PostgresError, table: String) {
        guard case .endsMapping(let state) = Failure(error).meaning, let sqlState = error.sqlState else { return nil }
        needsLoad = Failure(error).needsLoad
        switch sqlState {
        case "42P01":
            self.state = .badConfig
            message = "the table \(table) is gone: \(error.message). Reload the mapping to have it made again"
        case "42501":
            self.state = .badConfig
            message = "Sluice may not use the table \(table): \(error.message). Grant it SELECT, INSERT, UPDATE and DELETE"
        default:
            self.state = state
            message = "the table \(table) refuses what is to be noted in its rows [\(sqlState)]: \(error.message)"
        }
    }

    /// Whether the error is about the table, whichever row is written.
    static func concernsWholeTable(_ error: PostgresError) -> Bool {
        error.sqlState.map { $0.hasPrefix("42") || $0.hasPrefix("0A") } ?? false
    }

    init(state: MappingState, message: String) {
        self.state = state
        self.message = message
    }
}
