/// A renewal under way in this process, and who waits for it.
struct RenewalFlight {
    /// How far it has come.
    enum Phase: Hashable {
        /// Looking at the store, or waiting for another process.
        case looking
        /// Salesforce was asked; the answer may bring a new refresh token.
        case asking(mayRotate: Bool)
        /// Salesforce has answered.
        case saving
    }

    let number: Int
    let need: TokenRenewal.Need
    let task: Task<Void, Never>
    var phase = Phase.looking
    var waiters: [Int: CheckedContinuation<Void, any Error>] = [:]
    /// Nobody waited for it any more, so it was cancelled.
    var isAbandoned = false
}
