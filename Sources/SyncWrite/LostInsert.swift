import Foundation
import MappedSchema
import Salesforce

/// What an insert whose answer was lost sent, and which of the records that may be its own is it. A value without I/O.
struct LostInsert: Sendable, Equatable {
    /// What can be said of it.
    enum Finding: Sendable, Equatable {
        case found(String)
        case notMade
        /// Some record may be its own, and nothing tells whether it is.
        case unknown
    }

    /// One field as it was sent.
    struct Sent: Sendable, Equatable {
        /// As SOQL selects it.
        let path: String
        let value: FieldValue
        let type: ColumnType
    }

    /// A record that the integration user made in that time and that no row has.
    struct Candidate: Sendable, Equatable {
        let id: String
        /// Whether somebody changed it since it was made.
        let isChanged: Bool
        /// Whether a poll brought it as a row of its own.
        var isRead = false
        /// The values of the sent fields, in their order.
        let values: [String?]
    }

    let sent: [Sent]

    init(_ write: RecordWrite, table: TableSchema) {
        sent = write.fields.compactMap { field in
            if case .parentReference(let relationship, let parentField, let parent, _) = field.value {
                return Sent(path: "\(relationship).\(parentField)", value: parent, type: .text)
            }
            return table.column(field: field.name).map { Sent(path: $0.field, value: field.value, type: $0.type) }
        }
    }

    /// The record with all of the values; else the one that has most of them, where somebody changed it since: no record that was read as a row of its own,
    /// which would be deleted for what may be chance.
    func choose(_ candidates: [Candidate]) -> Finding {
        guard !candidates.isEmpty else { return .notMade }
        guard sent.contains(where: Self.isTelling) else { return .unknown }
        let scores = candidates.map { candidate in
            zip(sent, candidate.values).reduce(into: (equal: 0, telling: 0)) { score, pair in
                guard Self.isEqual(pair.0, pair.1) else { return }
                score.equal += 1
                if Self.isTelling(pair.0) { score.telling += 1 }
            }
        }
        if let index = scores.firstIndex(where: { $0.equal == sent.count }) { return .found(candidates[index].id) }
        let likely = candidates.indices.filter { candidates[$0].isChanged && scores[$0].telling > 0 }
        guard let best = likely.max(by: { scores[$0].equal < scores[$1].equal }) else { return .notMade }
        let isOnly = !likely.contains { $0 != best && scores[$0].equal == scores[best].equal }
        let isLike = isOnly && scores[best].equal * 2 >= sent.count && !candidates[best].isRead
        return isLike ? .found(candidates[best].id) : .unknown
    }

    /// A checkbox, or nothing at all, tells hardly any record from another.
    private static func isTelling(_ sent: Sent) -> Bool {
        switch sent.value {
        case .string(let text): !text.isEmpty
        case .number: true
        case .null, .bool, .parentReference: false
        }
    }

    /// Salesforce trims texts, rounds numbers and keeps whole seconds.
    private static func isEqual(_ sent: Sent, _ found: String?) -> Bool {
        switch sent.value {
        case .null, .parentReference: return found == nil
        case .bool(let flag): return found == (flag ? "true" : "false")
        case .number(let text):
            guard let number = Double(text), let found = found.flatMap({ Double($0) }) else { return false }
            return abs(number - found) <= max(0.01, abs(number) * 1e-9)
        case .string(let text):
            let found = found ?? ""
            switch sent.type {
            case .timestamp, .timestamptz: return text.prefix(19) == found.prefix(19)
            case .time: return text.prefix(8) == found.prefix(8)
            default: return Self.trimmed(text) == Self.trimmed(found)
            }
        }
    }

    private static func trimmed(_ text: String) -> String {
        text.replacingOccurrences(of: "\r\n", with: "\n").trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
