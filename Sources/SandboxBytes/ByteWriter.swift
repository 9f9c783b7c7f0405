/// A growing run of bytes with the cheapest appends Swift offers: bulk results are encoded a field at a time at hundreds of megabytes a
/// second, where the bookkeeping of `[UInt8]` or `String` would cost more than the values.
public struct ByteWriter: ~Copyable {
    @usableFromInline var base: UnsafeMutablePointer<UInt8>
    @usableFromInline var capacity: Int
    /// Bytes written; only the appends change it.
    public var count = 0

    /// - Parameter capacity: Bytes that fit before it has to grow.
    public init(capacity: Int = 4096) {
        self.capacity = max(capacity, 64)
        self.base = .allocate(capacity: self.capacity)
    }

    deinit {
        base.deallocate()
    }

    /// What was written, valid until the next append.
    @inlinable public var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: base, count: count) }

    /// What was written, as UTF-8.
    public var string: String { String(decoding: bytes, as: UTF8.self) }

    /// A copy of what was written.
    public var array: [UInt8] { Array(bytes) }

    /// Makes room for so many more bytes.
    @inlinable @inline(__always)
    public mutating func reserve(_ extra: Int) {
        if count &+ extra > capacity { grow(extra) }
    }

    @inline(never) @usableFromInline
    mutating func grow(_ extra: Int) {
        let wanted = max(capacity * 2, count + extra)
        let bigger = UnsafeMutablePointer<UInt8>.allocate(capacity: wanted)
        bigger.update(from: base, count: count)
        base.deallocate()
        base = bigger
        capacity = wanted
    }

    /// Forgets everything, and keeps the room.
    @inlinable public mutating func removeAll() { count = 0 }

    /// Forgets everything behind the first `length` bytes.
    public mutating func cut(to length: Int) { count = min(count, max(length, 0)) }

    /// Makes capital letters since `start` small; false, and nothing changed, when there are bytes that are not ASCII.
    public mutating func lowerASCII(from start: Int) -> Bool {
        for position in start..<count where base[position] >= 0x80 { return false }
        for position in start..<count where base[position] >= 65 && base[position] <= 90 { base[position] += 32 }
        return true
    }

    /// One byte.
    @inlinable @inline(__always)
    public mutating func append(_ byte: UInt8) {
        reserve(1)
        base[count] = byte
        count &+= 1
    }

    /// A text of the program.
    @inlinable @inline(__always)
    public mutating func append(_ text: StaticString) {
        let length = text.utf8CodeUnitCount
        reserve(length)
        (base + count).update(from: text.utf8Start, count: length)
        count &+= length
    }

    /// All of these bytes.
    @inlinable @inline(__always)
    public mutating func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { append($0) }
    }

    /// All of these bytes.
    @inlinable @inline(__always)
    public mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let start = bytes.baseAddress else { return }
        reserve(bytes.count)
        (base + count).update(from: start, count: bytes.count)
        count &+= bytes.count
    }

    /// A text, in UTF-8 and not escaped.
    @inlinable public mutating func append(string: String) {
        var text = string
        text.withUTF8 { append($0) }
    }

    /// A non-negative number, left-padded with zeros to `width`.
    @inlinable @inline(__always)
    public mutating func append(_ number: Int, width: Int) {
        var value = UInt64(truncatingIfNeeded: max(number, 0))
        var digits = 1
        var power: UInt64 = 10
        while value >= power {
            digits += 1
            if digits == 20 { break }
            power &*= 10
        }
        let total = max(digits, width)
        reserve(total)
        var position = count &+ total
        while position > count {
            position &-= 1
            base[position] = 48 &+ UInt8(truncatingIfNeeded: value % 10)
            value /= 10
        }
        count &+= total
    }

    /// Two digits, of a number from 0 to 99.
    @inlinable @inline(__always)
    public mutating func append(two number: Int) {
        reserve(2)
        base[count] = 48 &+ UInt8(truncatingIfNeeded: number / 10)
        base[count &+ 1] = 48 &+ UInt8(truncatingIfNeeded: number % 10)
        count &+= 2
    }

    /// A whole number, in decimal digits.
    @inlinable @inline(__always)
    public mutating func append(integer: Int64) {
        if integer < 0 {
            append(UInt8(ascii: "-"))
            if integer == .min {
                append("9223372036854775808" as StaticString)
                return
            }
        }
        append(Int(integer.magnitude), width: 1)
    }

    /// Doubles every quotation mark written since `start`, as CSV wants it.
    @inlinable @inline(__always)
    public mutating func doubleQuotes(from start: Int) {
        var quotes = 0
        var position = start
        while position < count {
            if base[position] == 0x22 { quotes &+= 1 }
            position &+= 1
        }
        if quotes > 0 { spreadQuotes(from: start, quotes: quotes) }
    }

    @usableFromInline mutating func spreadQuotes(from start: Int, quotes: Int) {
        reserve(quotes)
        var source = count - 1
        var target = count + quotes - 1
        while source >= start {
            let byte = base[source]
            base[target] = byte
            target -= 1
            if byte == 0x22 {
                base[target] = 0x22
                target -= 1
            }
            source -= 1
        }
        count += quotes
    }

    /// Escapes everything written since `start` for a JSON string.
    @inlinable @inline(__always)
    public mutating func escapeJSON(from start: Int) {
        var position = start
        while position < count {
            let byte = base[position]
            if byte < 0x20 || byte == 0x22 || byte == 0x5C {
                rewriteEscaped(from: start)
                return
            }
            position &+= 1
        }
    }

    @usableFromInline mutating func rewriteEscaped(from start: Int) {
        let raw = Array(UnsafeBufferPointer(start: base + start, count: count - start))
        count = start
        for byte in raw {
            switch byte {
            case 0x22: append("\\\"" as StaticString)
            case 0x5C: append("\\\\" as StaticString)
            case 0x0A: append("\\n" as StaticString)
            case 0x0D: append("\\r" as StaticString)
            case 0x09: append("\\t" as StaticString)
            case 0..<0x20:
                append("\\u00" as StaticString)
                append(hexadecimal(byte >> 4))
                append(hexadecimal(byte & 15))
            default: append(byte)
            }
        }
    }

    private func hexadecimal(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 48 + nibble : 87 + nibble }
}
