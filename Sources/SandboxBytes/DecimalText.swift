/// A finite number as decimal digits and a power of ten, and the three ways the org writes one: Java's `Double.toString` (Bulk CSV), JSON,
/// and Postgres' `float8` (the canonical text that the checker compares).
public struct DecimalText {
    let negative: Bool
    /// Without trailing zeros; zero for zero.
    private let digits: UInt64
    private let digitCount: Int
    /// The value is `digits * 10^exponent`.
    private let exponent: Int

    /// `mantissa / 10^scale`
    @inline(__always)
    public init(mantissa: Int64, scale: Int) {
        negative = mantissa < 0
        var rest = mantissa.magnitude
        var exponent = -scale
        if rest == 0 {
            exponent = 0
        } else {
            while rest % 10 == 0 {
                rest /= 10
                exponent += 1
            }
        }
        digits = rest
        digitCount = Self.count(rest)
        self.exponent = exponent
    }

    /// The shortest digits that read back as the same double, which is what Swift's description has.
    public init(_ number: Double) {
        var digits: UInt64 = 0
        var exponent = 0
        var afterPoint = false
        var pending = 0
        var bytes = number.magnitude.description.utf8.makeIterator()
        scan: while let byte = bytes.next() {
            switch byte {
            case UInt8(ascii: "."):
                afterPoint = true
            case UInt8(ascii: "e"):
                var power = 0
                var sign = 1
                while let digit = bytes.next() {
                    if digit == UInt8(ascii: "-") { sign = -1 }
                    if digit >= 48, digit <= 57 { power = power * 10 + Int(digit - 48) }
                }
                exponent += sign * power
                break scan
            case 48...57:
                if afterPoint { exponent -= 1 }
                // Zeros wait until a digit follows them: twenty of them would not fit and mean nothing at the end.
                if byte == 48 {
                    pending += 1
                    continue
                }
                for _ in 0..<(digits == 0 ? 0 : pending) { digits *= 10 }
                pending = 0
                digits = digits * 10 + UInt64(byte - 48)
            default:
                break
            }
        }
        negative = number < 0
        self.digits = digits
        digitCount = Self.count(digits)
        self.exponent = digits == 0 ? 0 : exponent + pending
    }

    private static func count(_ digits: UInt64) -> Int {
        var count = 1
        var rest = digits / 10
        while rest > 0 {
            count += 1
            rest /= 10
        }
        return count
    }

    private var scientific: Int { digitCount - 1 + exponent }

    /// As Java prints a double: `9.5E8`, `3.0`.
    @inline(__always)
    public func appendJava(to writer: inout ByteWriter) {
        if scientific >= -3, scientific < 7 || digits == 0 {
            appendFixed(fraction: true, to: &writer)
        } else {
            appendMantissa(fraction: true, to: &writer)
            writer.append(UInt8(ascii: "E"))
            writer.append(integer: Int64(scientific))
        }
    }

    /// As REST answers have it: always with a fraction.
    public func appendJSON(to writer: inout ByteWriter) {
        if scientific >= -5, scientific < 16 || digits == 0 {
            appendFixed(fraction: true, to: &writer)
        } else {
            appendMantissa(fraction: true, to: &writer)
            writer.append(UInt8(ascii: "E"))
            writer.append(integer: Int64(scientific))
        }
    }

    /// As Postgres prints a `float8`.
    public func appendPostgres(to writer: inout ByteWriter) {
        if scientific >= -4, scientific < 15 || digits == 0 {
            appendFixed(fraction: false, to: &writer)
        } else {
            appendMantissa(fraction: false, to: &writer)
            writer.append(UInt8(ascii: "e"))
            writer.append(UInt8(ascii: scientific < 0 ? "-" : "+"))
            writer.append(abs(scientific), width: 2)
        }
    }

    @inline(__always)
    private func appendFixed(fraction: Bool, to writer: inout ByteWriter) {
        if negative { writer.append(UInt8(ascii: "-")) }
        if exponent >= 0 {
            writer.append(Int(digits), width: 1)
            for _ in 0..<exponent { writer.append(48) }
            if fraction { writer.append(".0" as StaticString) }
            return
        }
        var power: UInt64 = 1
        if -exponent < 19 {
            for _ in 0..<(-exponent) { power &*= 10 }
            writer.append(Int(digits / power), width: 1)
            writer.append(UInt8(ascii: "."))
            writer.append(Int(digits % power), width: -exponent)
        } else {
            writer.append("0." as StaticString)
            writer.append(Int(digits), width: -exponent)
        }
    }

    private func appendMantissa(fraction: Bool, to writer: inout ByteWriter) {
        if negative { writer.append(UInt8(ascii: "-")) }
        var power: UInt64 = 1
        for _ in 1..<max(digitCount, 1) { power &*= 10 }
        writer.append(Int(digits / power), width: 1)
        if digitCount > 1 {
            writer.append(UInt8(ascii: "."))
            writer.append(Int(digits % power), width: digitCount - 1)
        } else if fraction {
            writer.append(".0" as StaticString)
        }
    }
}
