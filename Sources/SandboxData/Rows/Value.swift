package import SandboxBytes

/// One field's value in one row.
package enum Value: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case text(String)
    /// Days since 1970.
    case date(Int)
    /// Seconds since 1970, UTC: Salesforce keeps one-second resolution.
    case datetime(Int64)
    /// Milliseconds of the day.
    case time(Int)
    case ref(RecordID)

    package var isNull: Bool { self == .null }

    package var number: Double? {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }
}

/// The texts of a value.
package enum ValueStyle: Sendable {
    /// Everything quoted, null and empty alike `""`.
    case bulkCSV
    case restJSON
    /// As `restJSON`, but for datetimes, which are milliseconds since 1970: the JSON of Bulk 1.0.
    case bulkJSON
    /// Nothing quoted; what ``CanonicalHash`` documents.
    case canonical
}

extension ByteWriter {
    @inline(__always)
    mutating func openText(_ style: ValueStyle) {
        if style != .canonical { append(0x22) }
    }

    @inline(__always)
    package mutating func closeText(_ style: ValueStyle) {
        if style != .canonical { append(0x22) }
    }

    /// Ends a text that may need escaping and began at `start`.
    @inline(__always)
    package mutating func closeText(_ style: ValueStyle, escapingFrom start: Int) {
        switch style {
        case .bulkCSV:
            doubleQuotes(from: start)
            append(0x22)
        case .restJSON, .bulkJSON:
            escapeJSON(from: start)
            append(0x22)
        case .canonical:
            break
        }
    }

    @inline(__always)
    package mutating func appendNull(_ style: ValueStyle) {
        switch style {
        case .bulkCSV: append("\"\"" as StaticString)
        case .restJSON, .bulkJSON: append("null" as StaticString)
        case .canonical: break
        }
    }

    package mutating func append(bool: Bool, style: ValueStyle) {
        if style == .bulkCSV { append(0x22) }
        append(bool ? "true" as StaticString : "false")
        if style == .bulkCSV { append(0x22) }
    }

    @inline(__always)
    package mutating func append(integer: Int64, style: ValueStyle) {
        if style == .bulkCSV { append(0x22) }
        append(integer: integer)
        if style == .bulkCSV { append(0x22) }
    }

    @inline(__always)
    package mutating func append(decimal: DecimalText, style: ValueStyle) {
        switch style {
        case .bulkCSV:
            append(0x22)
            decimal.appendJava(to: &self)
            append(0x22)
        case .restJSON, .bulkJSON: decimal.appendJSON(to: &self)
        case .canonical: decimal.appendPostgres(to: &self)
        }
    }

    @inline(__always)
    package mutating func append(datetime seconds: Int64, style: ValueStyle) {
        switch style {
        case .bulkCSV:
            append(0x22)
            CivilTime.appendDateTime(seconds, separator: UInt8(ascii: "T"), to: &self)
            append(".000Z\"" as StaticString)
        case .restJSON:
            append(0x22)
            CivilTime.appendDateTime(seconds, separator: UInt8(ascii: "T"), to: &self)
            append(".000+0000\"" as StaticString)
        case .bulkJSON: append(integer: seconds &* 1000)
        case .canonical:
            CivilTime.appendDateTime(seconds, separator: UInt8(ascii: " "), to: &self)
        }
    }

    @inline(__always)
    package mutating func append(date days: Int, style: ValueStyle) {
        openText(style)
        CivilTime.appendDate(days, to: &self)
        closeText(style)
    }

    package mutating func append(time milliseconds: Int, style: ValueStyle) {
        openText(style)
        CivilTime.appendTime(milliseconds, to: &self)
        closeText(style)
    }

    @inline(__always)
    package mutating func append(id: RecordID, prefixes: [[UInt8]], style: ValueStyle) {
        openText(style)
        RecordIDText.append(prefix: prefixes[id.object], number: id.row + 1, to: &self)
        closeText(style)
    }

    package mutating func append(_ value: Value, prefixes: [[UInt8]], style: ValueStyle) {
        switch value {
        case .null: appendNull(style)
        case .bool(let bool): append(bool: bool, style: style)
        case .int(let integer): append(integer: integer, style: style)
        case .double(let number): append(decimal: DecimalText(number), style: style)
        case .text(let text):
            openText(style)
            let start = count
            append(string: text)
            closeText(style, escapingFrom: start)
        case .date(let days): append(date: days, style: style)
        case .datetime(let seconds): append(datetime: seconds, style: style)
        case .time(let milliseconds): append(time: milliseconds, style: style)
        case .ref(let id): append(id: id, prefixes: prefixes, style: style)
        }
    }
}
