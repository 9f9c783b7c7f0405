import Foundation
import SandboxBytes
package import SandboxData

/// What a query makes of a field's value before it compares, groups or sorts it.
package enum FieldFunction: Sendable, Equatable {
    case date(DateFunction)
    case distance(DistanceFunction)

    func resultType(of type: FieldType) -> FieldType {
        switch self {
        case .date(.dayOnly): .date
        case .date: .int
        case .distance: .double
        }
    }
}

/// The parts of a date that SOQL can name. The org's time zone is GMT, its fiscal year is the calendar's.
package enum DateFunction: String, Sendable, CaseIterable {
    case calendarMonth = "calendar_month"
    case calendarQuarter = "calendar_quarter"
    case calendarYear = "calendar_year"
    case dayInMonth = "day_in_month"
    case dayInWeek = "day_in_week"
    case dayInYear = "day_in_year"
    case dayOnly = "day_only"
    case fiscalMonth = "fiscal_month"
    case fiscalQuarter = "fiscal_quarter"
    case fiscalYear = "fiscal_year"
    case hourInDay = "hour_in_day"
    case weekInMonth = "week_in_month"
    case weekInYear = "week_in_year"

    /// Dates have no hours, and are days already.
    package func takes(_ type: FieldType) -> Bool {
        switch self {
        case .hourInDay, .dayOnly: type == .datetime
        default: type == .date || type == .datetime
        }
    }

    package func apply(_ value: Value) -> Value {
        let day: Int
        var hour = 0
        switch value {
        case .date(let days): day = days
        case .datetime(let seconds):
            day = Int(seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400)
            hour = Int(seconds - Int64(day) * 86_400) / 3600
        default: return .null
        }
        if self == .dayOnly { return .date(day) }
        let date = CivilTime.civil(days: day)
        let dayOfYear = day - (CivilTime.days(year: date.year, month: 1, day: 1) ?? day) + 1
        let number =
            switch self {
            case .calendarMonth, .fiscalMonth: date.month
            case .calendarQuarter, .fiscalQuarter: (date.month - 1) / 3 + 1
            case .calendarYear, .fiscalYear: date.year
            case .dayInMonth: date.day
            // Sunday is 1; 1970-01-01 was a Thursday.
            case .dayInWeek: ((day + 4) % 7 + 7) % 7 + 1
            case .dayInYear: dayOfYear
            case .hourInDay: hour
            case .weekInMonth: (date.day - 1) / 7 + 1
            case .weekInYear: (dayOfYear - 1) / 7 + 1
            case .dayOnly: day
            }
        return .int(Int64(number))
    }
}

/// `DISTANCE(BillingAddress, GEOLOCATION(37.7,-122.4), 'mi')`: along the surface of a sphere.
package struct DistanceFunction: Sendable, Equatable {
    let latitude: Double
    let longitude: Double
    let isInMiles: Bool

    package func apply(latitude other: Value, longitude otherLongitude: Value) -> Value {
        guard let otherLatitude = other.number, let otherLongitude = otherLongitude.number else { return .null }
        func radians(_ degrees: Double) -> Double { degrees * .pi / 180 }
        let halfLatitude = sin(radians(otherLatitude - latitude) / 2)
        let halfLongitude = sin(radians(otherLongitude - longitude) / 2)
        let chord =
            halfLatitude * halfLatitude + cos(radians(latitude)) * cos(radians(otherLatitude)) * halfLongitude * halfLongitude
        return .double((isInMiles ? 3958.76 : 6371.01) * 2 * asin(min(1, chord.squareRoot())))
    }
}
