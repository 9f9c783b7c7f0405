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
        case relative(DateLiteral)
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

    struct Aggregate: Sendable, Equatable {
        enum Function: String, Sendable {
            case count
            case countDistinct = "count_distinct"
            case min, max, sum, avg
        }

        let function: Function
        let path: Path
        var alias: String?
    }

    /// What `FIELDS(…)` stands for.
    enum FieldGroup: String, Sendable {
        case all, standard, custom
    }

    enum Column: Sendable, Equatable {
        case field(Path, alias: String?)
        /// `toLabel(…)` and its like: the field's value under its own or another name.
        case label(Path, alias: String?)
        case aggregate(Aggregate)
        case group(FieldGroup, offset: Int)
        case children(ParsedQuery)
    }

    indirect enum Condition: Sendable, Equatable {
        case all([Condition])
        case any([Condition])
        case not(Condition)
        case compare(Path, Operator, [Literal])
        /// In HAVING only.
        case aggregate(Aggregate, Operator, [Literal])
        case semiJoin(Path, isNegated: Bool, ParsedQuery)
    }

    struct Order: Sendable, Equatable {
        let path: Path
        /// In grouped queries.
        var aggregate: Aggregate?
        let descending: Bool
        let nullsFirst: Bool
    }

    var isCount = false
    var columns: [Column] = []
    var object = Path(text: "", offset: 0)
    var alias: String?
    var condition: Condition?
    var grouping: [Path] = []
    var having: Condition?
    var order: [Order] = []
    var limit: Int?
    var offset: Int?

    /// The plain fields, in order.
    var fields: [Path] { columns.compactMap { if case .field(let path, _) = $0 { path } else { nil } } }

    var isGrouped: Bool {
        !grouping.isEmpty || columns.contains { if case .aggregate = $0 { true } else { false } }
    }
}
