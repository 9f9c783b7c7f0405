/// A condition that did not come true in time.
public struct EventuallyError: Error, CustomStringConvertible {
    /// Which condition, and how long it was given.
    public let description: String
}

/// Waits until a condition holds, looking again and again, so that a test takes no longer than what it waits for.
///
/// - Parameters:
///   - timeout: how long the condition may take; generous, since only a failing test takes that long.
///   - what: names the condition in the error; without it, the place of the call does.
/// - Throws: `EventuallyError` when the time is over, or what `condition` threw.
public func eventually(
    timeout: Duration = .seconds(120),
    _ what: String = "the condition",
    isolation: isolated (any Actor)? = #isolation,
    file: StaticString = #fileID,
    line: UInt = #line,
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + timeout
    var pause = Duration.milliseconds(2)
    while true {
        if try await condition() { return }
        guard ContinuousClock.now < deadline else {
            throw EventuallyError(description: "\(file):\(line): \(what) did not come true within \(timeout)")
        }
        try await Task.sleep(for: pause)
        pause = min(pause * 2, .milliseconds(50))
    }
}
