import MappedSchema

/// What a write did, for people.
struct WriteSummary: Sendable, Equatable {
    var written = 0
    var failed = 0
    var ignored = 0
    var calls = 0
    /// Why some changes wait on, if any do.
    var postponed: String?
    /// The first failure's message.
    var firstFailure: String?

    init() {}

    init(results: [ChangeResult], calls: Int, postponed: String?) {
        for result in results {
            switch result.logState {
            case "SUCCESS": written += 1
            case "FAILED":
                failed += 1
                firstFailure = firstFailure ?? result.message
            default: ignored += 1
            }
        }
        self.calls = calls
        self.postponed = postponed
    }

    mutating func add(_ other: WriteSummary) {
        written += other.written
        failed += other.failed
        ignored += other.ignored
        calls += other.calls
        postponed = postponed ?? other.postponed
        firstFailure = firstFailure ?? other.firstFailure
    }
}
