import Catalog
import MappedSchema

/// What a verification has found so far. A value without I/O.
struct VerifyFindings: Codable, Sendable, Equatable {
    private static let mostExamples = 100

    var compared = 0
    var missing = 0
    var extra = 0
    var different = 0
    var unsettled = 0
    var behind = 0
    var repaired = 0
    var calls = 0
    /// Some of the records that were found wanting.
    var examples: [String] = []

    static func + (left: VerifyFindings, right: VerifyFindings) -> VerifyFindings {
        var sum = left
        sum.compared += right.compared
        sum.missing += right.missing
        sum.extra += right.extra
        sum.different += right.different
        sum.unsettled += right.unsettled
        sum.behind += right.behind
        sum.repaired += right.repaired
        sum.calls += right.calls
        sum.examples = Array((left.examples + right.examples).prefix(mostExamples))
        return sum
    }

    /// The report that people read.
    var report: JSONValue {
        [
            "compared": .integer(compared), "missing": .integer(missing), "extra": .integer(extra), "different": .integer(different),
            "unsettled": .integer(unsettled), "behind": .integer(behind), "repaired": .integer(repaired), "calls": .integer(calls),
            "examples": .array(examples.map { .string($0) }),
        ]
    }

    /// The same in a line.
    var summary: String {
        "\(compared) records compared: \(missing) missing, \(extra) extra, \(different) different, \(repaired) repaired; \(calls) calls"
    }

    /// What the journal tells: the line, and some of the records that were found wanting.
    var message: String {
        let shown = examples.prefix(10).joined(separator: ", ")
        return examples.isEmpty ? summary : "\(summary) (\(shown)\(examples.count > 10 ? ", …" : ""))"
    }

    /// Whether something is left that is not as it should be.
    var isWanting: Bool { missing + extra + different > repaired }
}
