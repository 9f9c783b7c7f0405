import Foundation
import Synchronization

/// What a process did and when, for whoever measures it: printed as one JSON line.
struct Tally: Encodable, Sendable {
    /// Jobs done.
    var jobs = 0
    /// When the first began, in seconds since 1970: processes of one machine share the clock.
    var first: Double?
    /// When the last had ended.
    var last: Double?

    /// The system's clock, in seconds since 1970.
    static func now() -> Double { Date().timeIntervalSince1970 }

    /// Prints a line on standard output.
    static func print(_ value: some Encodable) throws {
        FileHandle.standardOutput.write(try JSONEncoder().encode(value) + Data("\n".utf8))
    }
}

/// How long jobs waited from their enqueueing to their start, in milliseconds.
final class Latencies: Sendable {
    private let values = Mutex<[Double]>([])

    /// Notes one that began now.
    func note(enqueuedAt: Double) {
        let milliseconds = (Tally.now() - enqueuedAt) * 1000
        values.withLock { $0.append(milliseconds) }
    }

    /// Writes all of them, one a line.
    func write(to path: String) throws {
        let text = values.withLock { $0.map { String($0) }.joined(separator: "\n") } + "\n"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }
}
