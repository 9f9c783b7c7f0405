import Glibc

/// Numbers as Salesforce writes them, read to the value that Postgres reads. What is written in another way is left to Postgres.
enum BinaryNumber {
    /// Powers of ten that a double holds exactly.
    private static let exactPowers: [Double] = (0...22).map { pow(10, Double($0)) }
    /// Whole numbers up to this a double holds exactly.
    private static let mostExact: UInt64 = 1 << 53
    private static let longest = 64

    /// `integer`: an optional sign and digits.
    static func integer(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int32? {
        let isNegative = bytes[0] == UInt8(ascii: "-")
        var place = isNegative ? 1 : 0
        guard place < count, count - place <= 10 else { return nil }
        var value: Int64 = 0
        while place < count {
            let digit = bytes[place] &- 0x30
            guard digit <= 9 else { return nil }
            value = value * 10 + Int64(digit)
            place += 1
        }
        return Int32(exactly: isNegative ? -value : value)
    }

    /// `double precision`: digits with a point and an exponent, as in `5.5E8`.
    ///
    /// With few digits and a small exponent both are exact, and so is their product or quotient but for one rounding, which is what reading asks for
    /// (Clinger, How to read floating point numbers accurately, 1990); anything else goes the way that Postgres goes.
    static func double(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Double? {
        let isNegative = bytes[0] == UInt8(ascii: "-")
        var place = isNegative ? 1 : 0
        var (mantissa, exponent, digits): (UInt64, Int, Int) = (0, 0, 0)
        var isFraction = false
        scan: while place < count {
            let byte = bytes[place]
            let digit = byte &- 0x30
            if digit <= 9 {
                digits += 1
                mantissa = mantissa &* 10 &+ UInt64(digit)
                if isFraction { exponent -= 1 }
            } else if byte == UInt8(ascii: "."), !isFraction {
                isFraction = true
            } else if byte | 0x20 == UInt8(ascii: "e") {
                guard let written = power(bytes + place + 1, count - place - 1) else { return nil }
                exponent += written
                break scan
            } else {
                return nil
            }
            place += 1
        }
        guard digits > 0 else { return nil }
        // So many digits fit into the mantissa.
        guard digits <= 19, mantissa <= mostExact, abs(exponent) <= 22 else { return slow(bytes, count) }
        let value = exponent < 0 ? Double(mantissa) / exactPowers[-exponent] : Double(mantissa) * exactPowers[exponent]
        return isNegative ? -value : value
    }

    private static func power(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int? {
        guard count > 0 else { return nil }
        let isSigned = bytes[0] == UInt8(ascii: "-") || bytes[0] == UInt8(ascii: "+")
        guard count > (isSigned ? 1 : 0), count <= 5 else { return nil }
        var value = 0
        for place in (isSigned ? 1 : 0)..<count {
            let digit = bytes[place] &- 0x30
            guard digit <= 9 else { return nil }
            value = value * 10 + Int(digit)
        }
        return bytes[0] == UInt8(ascii: "-") ? -value : value
    }

    /// By strtod, as Postgres does. What is out of range Postgres shall refuse itself.
    private static func slow(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Double? {
        guard count < longest else { return nil }
        return withUnsafeTemporaryAllocation(byteCount: longest, alignment: 1) { copy in
            guard let base = copy.baseAddress else { return nil }
            base.copyMemory(from: bytes, byteCount: count)
            base.storeBytes(of: 0, toByteOffset: count, as: UInt8.self)
            let value = strtod(base.assumingMemoryBound(to: CChar.self), nil)
            return value.isFinite && value != 0 ? value : nil
        }
    }
}
