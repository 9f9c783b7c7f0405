/// When generated rows were created and last changed: spread over three past years, and all before ``horizon``, so that a query for anything
/// newer needs to look only at rows that really changed.
enum GeneratedTimes {
    /// 2022-01-01T00:00:00Z
    static let base: Int64 = 1_640_995_200
    /// 2025-01-01T00:00:00Z
    static let horizon: Int64 = 1_735_689_600

    @inline(__always)
    static func created(_ bits: UInt64) -> Int64 { base + Int64(bits % 78_840_000) }

    @inline(__always)
    static func modified(_ bits: UInt64, created: Int64) -> Int64 {
        created + Int64((bits >> 32) % UInt64(horizon - created))
    }
}

/// Deterministic bits: the same for the same salt and row, whatever the number of rows.
enum Mix {
    @inline(__always)
    static func bits(_ salt: UInt64, _ row: Int) -> UInt64 {
        var z = salt &+ UInt64(truncatingIfNeeded: row) &* 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// FNV-1a of the names, mixed with the seed.
    static func salt(_ seed: UInt64, _ names: String...) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for name in names {
            for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            hash = (hash ^ 0xFF) &* 0x100_0000_01B3
        }
        return bits(hash, Int(truncatingIfNeeded: seed))
    }
}
