/// What a page may wait for no longer than this: it is sent without it, and what it asked for goes on by itself until its own time is up.
///
/// - Returns: nil when there was no answer in time, or a refusal.
func inTime<Value: Sendable>(_ patience: Duration = .milliseconds(300), _ ask: @escaping @Sendable () async throws -> Value) async -> Value?
{
    let (answers, continuation) = AsyncStream.makeStream(of: Value?.self, bufferingPolicy: .bufferingOldest(1))
    Task { continuation.yield(try? await ask()) }
    let clock = Task {
        try await Task.sleep(for: patience)
        continuation.yield(nil)
    }
    defer { clock.cancel() }
    for await answer in answers { return answer }
    return nil
}
