/// A query as written, before its names are looked up.
struct ParsedQuery: Sendable, Equatable {
    struct Path: Sendable, Equatable {
        let text: String
        let offset: Int
    }

    enum Literal: Sendable, Equatable {
        case string(String)
        case number(Double)
        case date(Int)
        case datetime(Int64)
        case bool(Bool)
        case null
    }

    enum Operator: String, Sendable {
        case equal = "="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case like, `in`, notIn, includes, excludes
    }

    indirect enum Condition: Sendable, Equatable {
        case all([Condition])
        case any([Condition])
        case not(Condition)
        case compare(Path, Operator, [Literal])
    }

    struct Order: Sendable, Equatable {
        let path: Path
        let descending: Bool
        let nullsFirst: Bool
    }

    var isCount = false
    var fields: [Path] = []
    var object = Path(text: "", offset: 0)
    var alias: String?
    var condition: Condition?
    var order: [Order] = []
    var limit: Int?
    var offset: Int?
}
