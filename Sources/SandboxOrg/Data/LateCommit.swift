/// A transaction that runs for a while: its stamp is taken at the start, and nobody sees its rows before the end. A poller that remembers the
/// latest stamp it saw misses them.
struct LateCommit: Sendable {
    let stamp: Int64
    let commitsAt: Int64
    let commit: @Sendable (inout OrgState) -> Void
}
