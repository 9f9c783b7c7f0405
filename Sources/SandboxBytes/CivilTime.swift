/// Dates without Foundation: the proleptic Gregorian calendar in UTC, counted in days and seconds since 1970, and its texts.
public enum CivilTime {
    /// Days since 1970-01-01; nil when there is no such day.
    public static func days(year: Int, month: Int, day: Int) -> Int? {
        guard (1...12).contains(month), day >= 1, day <= lengthOfMonth(month, year: year) else { return nil }
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func lengthOfMonth(_ month: Int, year: Int) -> Int {
        switch month {
        case 2: return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: return 30
        default: return 31
        }
    }

    /// The day so many days after 1970-01-01.
    @inlinable @inline(__always)
    public static func civil(days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let index = (5 * dayOfYear + 2) / 153
        let month = index < 10 ? index + 3 : index - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * index + 2) / 5 + 1)
    }

    /// `2024-01-31`
    @inlinable @inline(__always)
    public static func appendDate(_ days: Int, to writer: inout ByteWriter) {
        let date = civil(days: days)
        writer.append(two: date.year / 100)
        writer.append(two: date.year % 100)
        writer.append(UInt8(ascii: "-"))
        writer.append(two: date.month)
        writer.append(UInt8(ascii: "-"))
        writer.append(two: date.day)
    }

    /// `2024-01-31`, the separator, `10:22:00`
    @inlinable @inline(__always)
    public static func appendDateTime(_ seconds: Int64, separator: UInt8, to writer: inout ByteWriter) {
        let day = Int(floorDivide(seconds, 86_400))
        let second = Int(seconds - Int64(day) * 86_400)
        appendDate(day, to: &writer)
        writer.append(separator)
        writer.append(two: second / 3600)
        writer.append(UInt8(ascii: ":"))
        writer.append(two: second / 60 % 60)
        writer.append(UInt8(ascii: ":"))
        writer.append(two: second % 60)
    }

    /// `10:22:00.000Z`
    public static func appendTime(_ milliseconds: Int, to writer: inout ByteWriter) {
        writer.append(milliseconds / 3_600_000, width: 2)
        writer.append(UInt8(ascii: ":"))
        writer.append(milliseconds / 60_000 % 60, width: 2)
        writer.append(UInt8(ascii: ":"))
        writer.append(milliseconds / 1000 % 60, width: 2)
        writer.append(UInt8(ascii: "."))
        writer.append(milliseconds % 1000, width: 3)
        writer.append(UInt8(ascii: "Z"))
    }

    @usableFromInline static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
    }

    /// The way REST writes a datetime: `2024-01-31T10:22:00.000+0000`.
    public static func restText(_ seconds: Int64) -> String {
        var writer = ByteWriter(capacity: 32)
        appendDateTime(seconds, separator: UInt8(ascii: "T"), to: &writer)
        writer.append(".000+0000" as StaticString)
        return writer.string
    }

    /// As Bulk and SOAP have it: `2024-01-31T10:22:00.000Z`
    public static func zuluText(_ seconds: Int64) -> String {
        var writer = ByteWriter(capacity: 32)
        appendDateTime(seconds, separator: UInt8(ascii: "T"), to: &writer)
        writer.append(".000Z" as StaticString)
        return writer.string
    }
}
