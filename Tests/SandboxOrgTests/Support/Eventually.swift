import Testing

/// Waits until a condition holds, and fails the test when that takes too long.
func eventually(_ what: Comment = "the condition did not come true", _ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while try await !condition() {
        try #require(ContinuousClock.now < deadline, what)
        try await Task.sleep(for: .milliseconds(5))
    }
}
