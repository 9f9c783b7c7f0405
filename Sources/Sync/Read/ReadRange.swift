import Foundation
import Salesforce

/// The records that one query of a read asks for: all of them, those of some ids, or those of some stamps. A value without I/O.
struct ReadRange: Codable, Sendable, Equatable {
    /// Ids greater than this, of 15 characters.
    var after: String?
    /// Ids up to this, of 15 characters.
    var through: String?
    /// Stamps from this moment on.
    var from: Date?
    /// Stamps before this moment.
    var before: Date?

    /// The SOQL condition; nil when every record is meant.
    ///
    /// - Parameter stamp: the field that holds stamps.
    /// - Throws: `SalesforceError` when the field's name is none.
    func condition(stamp: String?) throws -> String? {
        var parts: [String] = []
        if let stamp {
            let field = try SOQL.identifier(stamp)
            if let from { parts.append("\(field) >= \(SOQL.literal(from))") }
            if let before { parts.append("\(field) < \(SOQL.literal(before))") }
        }
        if let after { parts.append("Id > \(SOQL.literal(Self.whole(after)))") }
        if let through { parts.append("Id <= \(SOQL.literal(Self.whole(through)))") }
        return parts.isEmpty ? nil : parts.joined(separator: " AND ")
    }

    /// An id in the form in which the org writes ids.
    private static func whole(_ id: String) -> String { SalesforceID(id)?.text ?? id }

    /// Two ranges that together are this one: Salesforce found it too much for one query. A stretch of time is cut in its middle, and all else by
    /// ids.
    ///
    /// - Parameters:
    ///   - until: the end of a stretch of time that is open: nothing is stamped later yet.
    ///   - first: the least id that there is.
    ///   - last: the greatest.
    /// - Returns: nil when there is nothing left to cut.
    func halves(until: Date?, first: String?, last: String?) -> [ReadRange]? {
        if let from, let end = before ?? until, end.timeIntervalSince(from) >= 2 {
            let middle = Date(timeIntervalSince1970: ((from.timeIntervalSince1970 + end.timeIntervalSince1970) / 2).rounded(.down))
            var (earlier, later) = (self, self)
            earlier.before = middle
            later.from = middle
            return [earlier, later]
        }
        guard let low = after ?? first, let high = through ?? last, let middle = RecordKey.middle(low, high) else { return nil }
        var (lower, upper) = (self, self)
        lower.through = middle
        upper.after = middle
        return [lower, upper]
    }
}

/// Record ids as numbers: 15 characters of 62, in the order in which Salesforce compares them.
enum RecordKey {
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// The id halfway between two; nil when there is none between them, or when one of them is no id.
    static func middle(_ low: String, _ high: String) -> String? {
        guard let low = number(low), let high = number(high), high > low, high - low > 1 else { return nil }
        return text(low + (high - low) / 2)
    }

    static func number(_ id: String) -> UInt128? {
        let characters = Array(id.utf8.prefix(15))
        guard characters.count == 15 else { return nil }
        var value: UInt128 = 0
        for character in characters {
            guard let digit = alphabet.firstIndex(of: character) else { return nil }
            value = value * 62 + UInt128(digit)
        }
        return value
    }

    static func text(_ number: UInt128) -> String {
        var rest = number
        var characters: [UInt8] = []
        for _ in 0..<15 {
            characters.append(alphabet[Int(rest % 62)])
            rest /= 62
        }
        return String(decoding: characters.reversed(), as: UTF8.self)
    }
}
