/// When generated rows were created and last changed: spread over three past years, and all before ``horizon``, so that a query for anything
/// newer needs to look only at rows that really changed.
package enum GeneratedTimes {
    /// 2022-01-01T00:00:00Z
    package static let base: Int64 = 1_640_995_200
    /// 2025-01-01T00:00:00Z
    static let horizon: Int64 = 1_735_689_600

    @inline(__always)
    package static func created(_ bits: UInt64) -> Int64 { base + Int64(bits % 78_840_000) }

    @inline(__always)
    package static func modified(_ bits: UInt64, created: Int64) -> Int64 {
        created + Int64((bits >> 32) % UInt64(horizon - created))
    }
}
