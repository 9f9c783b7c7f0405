package import SandboxBytes

/// Makes the value of one field in a generated row, a pure function of seed, object, field and row number: a million rows cost nothing until
/// somebody reads them. Texts are written as bytes straight into the answer.
package struct FieldGenerator: Sendable {
    package enum Source: Sendable {
        case null
        /// The row number plus one padded to the width, between the two words.
        case sequence(around: WordList, width: Int)
        /// The row number plus one, as a number.
        case count
        case text(TextRecipe)
        case choice(WordList)
        case choices(WordList)
        case boolean
        case alwaysFalse
        case alwaysTrue
        /// The words in turn; an empty one is null.
        case listed(WordList)
        /// A mantissa in the range, over 10^scale; one row in 64 gets one 10,000 times larger, unless it is an integer.
        case number(low: Int64, span: UInt64, scale: Int, integer: Bool)
        case date(low: Int, span: UInt64)
        /// So many seconds after the moment that the chance chooses.
        case datetime(plus: Int64)
        /// The day of such a moment.
        case day
        case time
        /// A row of another table; `selfReference` points back only, so that parents make no circles.
        case reference(object: Int, count: Int, selfReference: Bool)
        /// A row of one of two tables.
        case either(object: Int32, count: Int32, other: Int32, otherCount: Int32)
        /// The rows of another table in turn, by way of the rows of a third; null but in one of every few rows.
        case aligned(object: Int32, count: Int32, through: Int, phase: Int16, of: Int16)
        /// What the field's values were before the schema changed, converted.
        case converted(Unmanaged<GeneratorConversion>)
    }

    package let source: Source
    package let salt: UInt64
    /// Out of 1024.
    package let nulls: UInt64

    package init(source: Source, salt: UInt64, nulls: UInt64) {
        self.source = source
        self.salt = salt
        self.nulls = nulls
    }

    @inline(__always)
    package func bits(_ row: Int) -> UInt64 { Mix.bits(salt, row) }

    @inline(__always)
    package func isNull(_ bits: UInt64) -> Bool { (bits >> 54) < nulls }

    @inline(__always)
    private func mantissa(_ bits: UInt64, low: Int64, span: UInt64, integer: Bool) -> Int64 {
        let value = low + Int64(bits % span)
        // Below 10^15, where the decimal digits are also the double's shortest ones.
        return !integer && bits & 63 == 0 && abs(value) < 100_000_000_000 ? value * 10_000 : value
    }

    private func target(_ bits: UInt64, row: Int, count: Int, selfReference: Bool) -> Int? {
        let choices = selfReference ? min(row, count) : count
        return choices == 0 ? nil : Int(bits % UInt64(choices))
    }

    /// Writes the value of the row.
    @inline(__always)
    package func append(_ row: Int, prefixes: [[UInt8]], style: ValueStyle, to writer: inout ByteWriter) {
        let bits = bits(row)
        if isNull(bits) {
            writer.appendNull(style)
            return
        }
        switch source {
        case .null:
            writer.appendNull(style)
        case .listed(let list) where list[row % list.count].isEmpty:
            writer.appendNull(style)
        case .sequence, .choice, .choices, .listed:
            writer.openText(style)
            let start = writer.count
            appendText(row, bits, to: &writer)
            writer.closeText(style, escapingFrom: start)
        case .text(let recipe):
            writer.openText(style)
            let start = writer.count
            recipe.append(row, bits, to: &writer)
            if recipe.mayNeedEscaping { writer.closeText(style, escapingFrom: start) } else { writer.closeText(style) }
        case .number(let low, let span, let scale, let integer):
            let mantissa = mantissa(bits, low: low, span: span, integer: integer)
            if integer {
                writer.append(integer: mantissa, style: style)
            } else {
                writer.append(decimal: DecimalText(mantissa: mantissa, scale: scale), style: style)
            }
        case .date(let low, let span):
            writer.append(date: low + Int(bits % span), style: style)
        default:
            writer.append(value(row), prefixes: prefixes, style: style)
        }
    }

    private func appendText(_ row: Int, _ bits: UInt64, to writer: inout ByteWriter) {
        switch source {
        case .sequence(let around, let width):
            writer.append(around[0])
            writer.append(row + 1, width: width)
            writer.append(around[1])
        case .choice(let list):
            writer.append(list.pick(bits))
        case .listed(let list):
            writer.append(list[row % list.count])
        case .choices(let list):
            // A run of neighbouring values, in the picklist's own order.
            let first = Int(bits % UInt64(list.count))
            let last = min(first + Int((bits >> 20) % 3), list.count - 1)
            for index in first...last {
                if index > first { writer.append(UInt8(ascii: ";")) }
                writer.append(list[index])
            }
        case .text(let recipe):
            recipe.append(row, bits, to: &writer)
        default:
            break
        }
    }

    /// The value of the row, for conditions and formulas.
    package func value(_ row: Int) -> Value {
        let bits = bits(row)
        if isNull(bits) { return .null }
        switch source {
        case .null:
            return .null
        case .count:
            return .double(Double(row + 1))
        case .listed(let list) where list[row % list.count].isEmpty:
            return .null
        case .sequence, .choice, .choices, .listed, .text:
            var writer = ByteWriter(capacity: 128)
            appendText(row, bits, to: &writer)
            return .text(writer.string)
        case .boolean:
            return .bool(bits & 1 == 1)
        case .alwaysFalse:
            return .bool(false)
        case .alwaysTrue:
            return .bool(true)
        case .number(let low, let span, let scale, let integer):
            let mantissa = mantissa(bits, low: low, span: span, integer: integer)
            if integer { return .int(mantissa) }
            var power: Double = 1
            for _ in 0..<scale { power *= 10 }
            return .double(Double(mantissa) / power)
        case .date(let low, let span):
            return .date(low + Int(bits % span))
        case .datetime(let plus):
            return .datetime(GeneratedTimes.created(bits) + plus)
        case .day:
            return .date(Int(GeneratedTimes.created(bits) / 86_400))
        case .time:
            return .time(Int(bits % 86_400) * 1000)
        case .reference(let object, let count, let selfReference):
            guard let row = target(bits, row: row, count: count, selfReference: selfReference) else { return .null }
            return .ref(RecordID(object: object, row: row))
        case .either(let object, let count, let other, let otherCount):
            let isOther = count == 0 || otherCount > 0 && bits >> 40 & 1 == 1
            let choices = isOther ? otherCount : count
            guard choices > 0 else { return .null }
            return .ref(RecordID(object: Int(isOther ? other : object), row: Int(bits % UInt64(choices))))
        case .aligned(let object, let count, let through, let phase, let of):
            guard count > 0, row % Int(of) == Int(phase) else { return .null }
            return .ref(RecordID(object: Int(object), row: (through > 0 ? row % through : row) % Int(count)))
        case .converted(let conversion):
            return conversion._withUnsafeGuaranteedRef { $0.value(row) }
        }
    }

    /// The row that this generator gives the value, for fields whose values are unique.
    package func row(of value: Value) -> Int? {
        switch (source, value) {
        case (.sequence(let around, let width), .text(let text)):
            let bytes = Array(text.utf8)
            let prefix = around[0]
            let suffix = around[1]
            guard bytes.count >= prefix.count + width + suffix.count else { return nil }
            guard Self.equal(bytes.prefix(prefix.count), prefix), Self.equal(bytes.suffix(suffix.count), suffix) else { return nil }
            let digits = bytes[prefix.count..<(bytes.count - suffix.count)]
            guard digits.count <= 12, digits.allSatisfy({ $0 >= 48 && $0 <= 57 }), digits.count == width || digits.first != 48 else {
                return nil
            }
            return digits.reduce(0) { $0 * 10 + Int($1 - 48) } - 1
        case (.count, _):
            guard let number = value.number, number >= 1, number < 1e12, number == number.rounded() else { return nil }
            return Int(number) - 1
        default:
            return nil
        }
    }

    private static func equal(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
        left.elementsEqual(right) { lower($0) == lower($1) }
    }

    private static func lower(_ byte: UInt8) -> UInt8 { byte >= 65 && byte <= 90 ? byte + 32 : byte }
}
