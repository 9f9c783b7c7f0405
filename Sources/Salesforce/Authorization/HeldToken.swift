/// A token in the memory of one process, and when it is to be renewed.
struct HeldToken {
    let token: OAuthToken
    let generation: Int64
    private let due: ContinuousClock.Instant?
    private let end: ContinuousClock.Instant?

    /// The longest time before its end at which a token is renewed.
    private static let longestLead = Duration.seconds(300)

    /// nil where the store has no token.
    init?(_ stored: StoredToken, now: ContinuousClock.Instant = .now) {
        guard let token = stored.token else { return nil }
        self.token = token
        generation = stored.generation
        guard let remaining = stored.remaining, let lifetime = stored.lifetime else {
            (due, end) = (nil, nil)
            return
        }
        // Not all processes at the same moment: the first one does it for the others.
        let lead = min(lifetime / 10, Self.longestLead) * Double.random(in: 1...1.5)
        end = now + remaining
        due = now + remaining - lead
    }

    /// Whether it ends so soon that it should be renewed.
    var isDue: Bool { due.map { ContinuousClock.now >= $0 } ?? false }

    /// Whether it has ended, as far as anybody told.
    var isOver: Bool { end.map { ContinuousClock.now >= $0 } ?? false }
}
