internal import Synchronization

/// How often anybody may ask, and how often anybody may fail to sign in. Every process counts for itself.
public struct RateLimits: Sendable, Hashable {
    /// Requests a minute of one API token or session, and of one address without any that is good; nil is no limit.
    public var requestsPerMinute: Int?
    /// Proxies in front of this server, each of which adds the address that it was reached from to `X-Forwarded-For`.
    public var trustedProxies: Int

    /// Limits.
    public init(requestsPerMinute: Int? = 6000, trustedProxies: Int = 0) {
        self.requestsPerMinute = requestsPerMinute
        self.trustedProxies = trustedProxies
    }
}

/// So many at once, and then at a rate.
package struct RateAllowance: Hashable {
    package let burst: Double
    package let perSecond: Double

    /// Attempts to sign in that fail, from one address.
    package static let failuresOfAddress = RateAllowance(burst: 20, perSecond: 1 / 15)
    /// Attempts to sign in as one user that fail, wherever from.
    package static let failuresOfAccount = RateAllowance(burst: 10, perSecond: 1 / 60)

    package static func perMinute(_ requests: Int) -> RateAllowance {
        RateAllowance(burst: Double(requests), perSecond: Double(requests) / 60)
    }
}

/// What is left of an allowance.
package struct RateBucket: Hashable {
    private var level: Double
    private var at: Duration

    package init(full allowance: RateAllowance, at now: Duration) { (level, at) = (allowance.burst, now) }

    /// Takes one.
    ///
    /// - Returns: nil when there was one; otherwise how long until there is.
    package mutating func take(_ allowance: RateAllowance, now: Duration) -> Duration? {
        refill(allowance, now)
        guard level < 1 else {
            level -= 1
            return nil
        }
        return .seconds((1 - level) / allowance.perSecond)
    }

    package mutating func giveBack(_ allowance: RateAllowance) { level = min(allowance.burst, level + 1) }

    /// Whether nothing would be lost by forgetting it.
    package mutating func isFull(_ allowance: RateAllowance, now: Duration) -> Bool {
        refill(allowance, now)
        return level >= allowance.burst
    }

    private mutating func refill(_ allowance: RateAllowance, _ now: Duration) {
        let passed = max(.zero, now - at)
        level = min(allowance.burst, level + passed / .seconds(1) * allowance.perSecond)
        at = max(at, now)
    }
}

/// Why a request is not served now.
package struct RateLimited: Error, Hashable {
    package let wait: Duration
    package let what: String

    /// Whole seconds, for `Retry-After`.
    package var seconds: Int { max(1, Int((wait / .seconds(1)).rounded(.up))) }
}

/// Counts what everybody does, in the memory of this process.
package final class RequestRates: Sendable {
    private struct Key: Hashable {
        let name: String
        let allowance: RateAllowance
    }

    private let now: @Sendable () -> Duration
    private let buckets = Mutex<[Key: RateBucket]>([:])
    /// More are not remembered: then those who did least begin afresh.
    private static let mostBuckets = 20_000

    /// - Parameter now: a time that only grows.
    package init(now: @escaping @Sendable () -> Duration) { self.now = now }

    /// - Throws: `RateLimited`.
    package func take(_ name: String, _ allowance: RateAllowance, what: String) throws(RateLimited) {
        let (key, moment) = (Key(name: name, allowance: allowance), now())
        let wait = buckets.withLock { buckets in
            if buckets.count >= Self.mostBuckets, buckets[key] == nil { Self.forget(&buckets, moment) }
            return buckets[key, default: RateBucket(full: allowance, at: moment)].take(allowance, now: moment)
        }
        if let wait { throw RateLimited(wait: wait, what: what) }
    }

    /// Gives one back that was taken before it was known whether it counts.
    package func giveBack(_ name: String, _ allowance: RateAllowance) {
        let key = Key(name: name, allowance: allowance)
        buckets.withLock { $0[key]?.giveBack(allowance) }
    }

    private static func forget(_ buckets: inout [Key: RateBucket], _ now: Duration) {
        for key in Array(buckets.keys) where buckets[key]?.isFull(key.allowance, now: now) == true { buckets[key] = nil }
        if buckets.count >= mostBuckets { buckets.removeAll() }
    }
}
