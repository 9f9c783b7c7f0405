import Foundation
import SandboxBytes

/// How long answers take: as often above the median as below it, and once in a hundred above the other bound (a log-normal distribution).
package struct Latency: Sendable, Equatable {
    package let medianMilliseconds: Double
    package let p99Milliseconds: Double

    package init(medianMilliseconds: Double, p99Milliseconds: Double) {
        self.medianMilliseconds = medianMilliseconds
        self.p99Milliseconds = p99Milliseconds
    }

    /// Of the standard normal distribution.
    private static let p99 = 2.326

    /// The n-th time of a run, always the same for the same salt.
    package func duration(_ salt: UInt64, _ number: Int) -> Duration {
        func uniform(_ stream: Int) -> Double { (Double(Mix.bits(salt, number * 2 + stream) >> 11) + 0.5) / Double(1 << 53) }
        let normal = (-2 * log(uniform(0))).squareRoot() * cos(2 * .pi * uniform(1))
        let spread = log(p99Milliseconds / medianMilliseconds) / Self.p99
        return .microseconds(Int64(min(medianMilliseconds * exp(spread * normal), 600_000) * 1000))
    }
}
