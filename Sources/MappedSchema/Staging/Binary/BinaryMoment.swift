import Postgres

/// Days and times as Salesforce writes them, read to the value that Postgres reads. What is written in another way is left to Postgres.
enum BinaryMoment {
    private static let secondsOfDay: Int64 = 86_400

    /// `date`: `2026-01-31`, in days since 2000.
    static func date(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int32? {
        guard count == 10 else { return nil }
        return day(bytes)
    }

    /// `timestamp` and `timestamptz`: `2026-01-31T12:00:00.000Z`, in microseconds since 2000. An offset that is not 0 is left to Postgres: it does not count
    /// for the first of the two.
    static func timestamp(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int64? {
        guard count >= 20, bytes[10] == UInt8(ascii: "T"), let day = day(bytes), let time = clock(bytes + 11, count - 11) else {
            return nil
        }
        return Int64(day) * secondsOfDay * 1_000_000 + time
    }

    /// `time`: `12:00:00.000Z`, in microseconds.
    static func time(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int64? {
        count >= 9 ? clock(bytes, count) : nil
    }

    private static func day(_ bytes: UnsafePointer<UInt8>) -> Int32? {
        guard let century = pair(bytes), let ofCentury = pair(bytes + 2), bytes[4] == UInt8(ascii: "-"), let month = pair(bytes + 5),
            bytes[7] == UInt8(ascii: "-"), let day = pair(bytes + 8)
        else { return nil }
        let year = century * 100 + ofCentury
        guard year > 0, month > 0, month <= 12, day > 0, day <= PostgresCalendar.days(inMonth: month, of: year) else { return nil }
        return Int32(truncatingIfNeeded: PostgresCalendar.days(year, month, day) - PostgresCalendar.epoch)
    }

    /// `12:00:00`, a fraction of up to six digits, and UTC's mark.
    private static func clock(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int64? {
        guard let hour = pair(bytes), hour < 24, bytes[2] == UInt8(ascii: ":"), let minute = pair(bytes + 3), minute < 60,
            bytes[5] == UInt8(ascii: ":"), let second = pair(bytes + 6), second < 60
        else { return nil }
        var place = 8
        var fraction: Int64 = 0
        if bytes[place] == UInt8(ascii: ".") {
            var unit: Int64 = 100_000
            place += 1
            let start = place
            while place < count, bytes[place] &- 0x30 <= 9 {
                guard unit > 0 else { return nil }
                fraction += Int64(bytes[place] &- 0x30) * unit
                unit /= 10
                place += 1
            }
            guard place > start else { return nil }
        }
        guard isUTC(bytes + place, count - place) else { return nil }
        return ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction
    }

    /// `Z` in results of bulk queries, `+0000` in those of REST.
    private static func isUTC(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        if count == 1 { return bytes[0] == UInt8(ascii: "Z") }
        return count == 5 && bytes[0] == UInt8(ascii: "+") && (1...4).allSatisfy { bytes[$0] == UInt8(ascii: "0") }
    }

    @inline(__always)
    private static func pair(_ bytes: UnsafePointer<UInt8>) -> Int64? {
        let (tens, ones) = (bytes[0] &- 0x30, bytes[1] &- 0x30)
        return tens <= 9 && ones <= 9 ? Int64(tens) * 10 + Int64(ones) : nil
    }
}
