/// Deterministic bits: the same for the same salt and row, whatever the number of rows.
public enum Mix {
    /// 64 bits for a row.
    @inlinable @inline(__always)
    public static func bits(_ salt: UInt64, _ row: Int) -> UInt64 {
        var z = salt &+ UInt64(truncatingIfNeeded: row) &* 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// FNV-1a of the names, mixed with the seed.
    public static func salt(_ seed: UInt64, _ names: String...) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for name in names {
            for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            hash = (hash ^ 0xFF) &* 0x100_0000_01B3
        }
        return bits(hash, Int(truncatingIfNeeded: seed))
    }
}
