import Catalog
internal import Dispatch
import Redaction
import Secrets

/// What passwords people may have, and the work on them: a hash takes some 50 ms and 32 MB on purpose, so that it has a thread of its own,
/// one at a time.
enum PasswordWork {
    private static let queue = DispatchQueue(label: "passwords")
    private static let allowed = 12...200

    /// - Throws: `CatalogError` with code `.invalid`.
    static func check(_ password: String) throws {
        guard allowed.contains(password.unicodeScalars.count), !password.unicodeScalars.contains(where: { $0.value == 0 }) else {
            throw CatalogError(
                code: .invalid,
                message:
                    "password: expected \(allowed.lowerBound) to \(allowed.upperBound) characters, found \(password.unicodeScalars.count)")
        }
    }

    static func hash(_ password: String) async throws -> PasswordHash { try await onItsThread { try PasswordHash(of: password) } }

    /// Whether it is the password. Where there is none, as much work is done for nothing: the time tells nobody who has an account.
    static func matches(_ password: String, _ hash: String?) async throws -> Bool {
        // Longer ones cannot be anybody's.
        let password = password.utf8.count <= 4 * allowed.upperBound ? password : ""
        return try await onItsThread {
            guard let hash else {
                _ = try PasswordHash(of: password)
                return false
            }
            return try PasswordHash(text: hash).matches(password)
        }
    }

    private static func onItsThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try work() }) }
        }
    }
}
