import SandboxBytes

/// A date literal such as `LAST_N_DAYS:30`: whole days, weeks, months, quarters or years, counted from the current one. The org's time zone is
/// GMT, its weeks begin on Sunday, and its fiscal year is the calendar's.
package struct DateLiteral: Sendable, Equatable {
    enum Unit: String, Sendable, CaseIterable {
        case day, week, month, quarter, year
    }

    let unit: Unit
    package let first: Int
    package let last: Int

    static let maximumNumber = 9999

    /// Whether a number must follow the name; nil when the name is no date literal.
    static func takesNumber(_ name: String) -> Bool? {
        let name = plain(name)
        if fixed[name] != nil { return false }
        return Unit.allCases.contains { ["LAST_N_\(plural($0))", "NEXT_N_\(plural($0))", "N_\(plural($0))_AGO"].contains(name) }
            ? true : nil
    }

    init?(_ name: String, number: Int?) {
        let name = Self.plain(name)
        if let fixed = Self.fixed[name] {
            self = fixed
            return
        }
        guard let number, (0...Self.maximumNumber).contains(number) else { return nil }
        for unit in Unit.allCases {
            switch name {
            // Days run up to today; the other units leave the current one out.
            case "LAST_N_\(Self.plural(unit))": self.init(unit: unit, first: -number, last: unit == .day ? 0 : -1)
            case "NEXT_N_\(Self.plural(unit))": self.init(unit: unit, first: 1, last: number)
            case "N_\(Self.plural(unit))_AGO": self.init(unit: unit, first: -number, last: -number)
            default: continue
            }
            return
        }
        return nil
    }

    private init(unit: Unit, first: Int, last: Int) {
        self.unit = unit
        self.first = first
        self.last = last
    }

    private static let fixed: [String: DateLiteral] = {
        var names = [
            "TODAY": DateLiteral(unit: .day, first: 0, last: 0), "YESTERDAY": DateLiteral(unit: .day, first: -1, last: -1),
            "TOMORROW": DateLiteral(unit: .day, first: 1, last: 1), "LAST_90_DAYS": DateLiteral(unit: .day, first: -90, last: 0),
            "NEXT_90_DAYS": DateLiteral(unit: .day, first: 1, last: 90),
        ]
        for unit in Unit.allCases where unit != .day {
            for (word, place) in [("LAST", -1), ("THIS", 0), ("NEXT", 1)] {
                names["\(word)_\(unit.rawValue.uppercased())"] = DateLiteral(unit: unit, first: place, last: place)
            }
        }
        return names
    }()

    private static func plain(_ name: String) -> String { name.uppercased().replacing("FISCAL_", with: "") }

    private static func plural(_ unit: Unit) -> String { unit.rawValue.uppercased() + "S" }

    /// The days it means at a time, the end excluded.
    package func days(at now: Int64) -> Range<Int> {
        let today = Int(now >= 0 ? now / 86_400 : (now - 86_399) / 86_400)
        let start = start(of: index(of: today) + first)
        return start..<max(start, self.start(of: index(of: today) + last + 1))
    }

    private func index(of day: Int) -> Int {
        let date = CivilTime.civil(days: day)
        switch unit {
        case .day: return day
        // 1970-01-01 was a Thursday, the fifth day of its week.
        case .week: return (day + 4 >= 0 ? day + 4 : day - 2) / 7
        case .month: return date.year * 12 + date.month - 1
        case .quarter: return date.year * 4 + (date.month - 1) / 3
        case .year: return date.year
        }
    }

    private func start(of index: Int) -> Int {
        func first(_ months: Int) -> Int {
            let year = months >= 0 ? months / 12 : (months - 11) / 12
            return CivilTime.days(year: year, month: months - year * 12 + 1, day: 1) ?? 0
        }
        switch unit {
        case .day: return index
        case .week: return index * 7 - 4
        case .month: return first(index)
        case .quarter: return first(index * 3)
        case .year: return first(index * 12)
        }
    }
}
