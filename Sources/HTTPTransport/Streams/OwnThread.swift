internal import Foundation

/// Runs what blocks on a thread of its own, so that nothing of Swift's pool waits for it.
enum OwnThread {
    static func run<Value: Sendable>(_ name: String, _ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let thread = Thread { continuation.resume(with: Result(catching: work)) }
            thread.name = name
            thread.start()
        }
    }
}
