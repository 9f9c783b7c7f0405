package import SandboxData

/// Where queries find rows: the org, whose lock is held while ``look(_:)`` runs.
package protocol RowSource: Sendable {
    /// As it is now.
    var schema: OrgSchema { get }
    func snapshot() -> OrgSnapshot
    /// Tables and a snapshot of the same moment.
    func look<Result: Sendable>(_ body: (_ tables: [Table], _ snapshot: OrgSnapshot) -> Result) -> Result
}
