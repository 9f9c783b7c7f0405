import Catalog
import Foundation
import WebServer

/// How pages write numbers, times and states.
enum PageText {
    /// `12,345`, or a dash where nothing was counted yet.
    static func count(_ value: Int?) -> String {
        guard let value else { return "–" }
        var digits = String(abs(value))
        var groups: [Substring] = []
        while digits.count > 3 {
            groups.insert(Substring(digits.suffix(3)), at: 0)
            digits = String(digits.dropLast(3))
        }
        return (value < 0 ? "-" : "") + ([Substring(digits)] + groups).joined(separator: ",")
    }

    /// A count, with how and when it was taken for who points at it; an estimate says so.
    static func count(_ value: Int?, _ kind: CountKind, of date: Date?, now: Date) -> HTML {
        guard let value else { return "<span title=\"not available\">–</span>" }
        let word = kind == .estimated ? "estimated" : "counted"
        let mark: HTML = kind == .estimated ? "≈ " : ""
        return date.map { "<span title=\"\(word) \(distance(now.timeIntervalSince($0)))\">\(mark)\(count(value))</span>" }
            ?? "\(mark)\(count(value))"
    }

    /// How long ago something was, without a word around it.
    static func age(_ date: Date, now: Date) -> String {
        age(now.timeIntervalSince(date))
    }

    /// A time span without a word around it.
    static func age(_ seconds: Double) -> String { seconds < 1 ? "0 s" : distance(seconds).replacing(" ago", with: "") }

    /// A time as a distance from now, with the time itself for who points at it.
    static func time(_ date: Date?, now: Date) -> HTML {
        guard let date else { return "–" }
        let exact = Timestamp.plain(date) + " UTC"
        return "<time datetime=\"\(Timestamp.iso(date))\" title=\"\(exact)\">\(distance(now.timeIntervalSince(date)))</time>"
    }

    static func distance(_ seconds: Double) -> String {
        let amount = abs(seconds)
        if amount < 1 { return "now" }
        let text =
            switch amount {
            case ..<120: "\(Int(amount)) s"
            case ..<7200: "\(Int(amount / 60)) min"
            case ..<172_800: "\(Int(amount / 3600)) h"
            default: "\(Int(amount / 86_400)) d"
            }
        return seconds >= 0 ? "\(text) ago" : "in \(text)"
    }

    /// A checkpoint in words: `pages 3, rows 4500`.
    static func progress(_ json: String?) -> String {
        guard let json, let value = try? JSONValue(parsing: json), let members = value.members else { return "" }
        return
            members.compactMap { member -> String? in
                switch member.value {
                case .string(let text): "\(words(member.key)) \(text.prefix(60))"
                case .number(let digits): "\(words(member.key)) \(Int(digits).map { count($0) } ?? digits)"
                case .bool(let isTrue): isTrue ? words(member.key) : nil
                default: nil
                }
            }.joined(separator: ", ")
    }

    private static func words(_ key: String) -> String {
        var text = ""
        for character in key {
            if character == "_" {
                text += " "
            } else if character.isUppercase, text.last?.isLowercase == true {
                text += " " + character.lowercased()
            } else {
                text.append(character)
            }
        }
        return text
    }
}

extension PageText {
    /// A size in the unit that fits.
    static func bytes(_ count: Int) -> String {
        switch count {
        case ..<1_000_000: "\(PageText.count(max(count, 0) / 1000)) KB"
        case ..<1_000_000_000: "\(PageText.count(count / 1_000_000)) MB"
        default: "\(PageText.count(count / 1_000_000_000)) GB"
        }
    }
}
