/// A transaction that runs for a while: its stamp is taken at the start, and nobody sees its rows before the end. A poller that remembers the
/// latest stamp it saw misses them.
package struct LateCommit: Sendable {
    package let stamp: Int64
    package let commitsAt: Int64
    package let commit: @Sendable (inout OrgState) -> Void

    package init(stamp: Int64, commitsAt: Int64, commit: @escaping @Sendable (inout OrgState) -> Void) {
        self.stamp = stamp
        self.commitsAt = commitsAt
        self.commit = commit
    }
}
